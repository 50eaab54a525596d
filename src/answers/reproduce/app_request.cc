#include "answers/reproduce/app_request.h"

#include <fmt/format.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/file_descriptor.h"
#include "base/units.h"
#include "capture/find_target.h"
#include "host/host.h"
#include "reproduce/load/replay_log.h"

namespace tidemark {
namespace {

Result<std::string> read_whole(const std::string& path) {
  std::ifstream file(path == "-" ? "/dev/stdin" : path, std::ios::binary);
  std::stringstream text;
  if (!file || !(text << file.rdbuf())) {
    return std::unexpected(
        Error{.code = ErrorCode::kIo,
              .message = "cannot read it: " + system_reason(errno),
              .file = path,
              .offset = {},
              .hint = "a list of URLs, an access log, or a Heroku router's log"});
  }
  return text.str();
}

Result<std::vector<RequestKind>> replayed(const std::string& path, std::vector<Notice>& notices) {
  const auto text = read_whole(path);
  if (!text) return std::unexpected(text.error());
  ReplayLog log = parse_replay_log(*text);
  if (log.requests.empty()) {
    return std::unexpected(
        Error{.code = ErrorCode::kUsage,
              .message = "no request that can be replayed in it",
              .file = path,
              .offset = {},
              .hint = "GET and HEAD of access logs and router logs; any URL of a list"});
  }
  if (log.without_body + log.other_lines > 0) {
    notices.push_back(
        {.code = "replay_lines_left_out",
         .message = fmt::format(
             "{} taken; left out are {} of other methods, whose bodies no log has, and {} that "
             "are none",
             plural(log.requests.size(), "request"), log.without_body,
             plural(log.other_lines, "line")),
         .file = path,
         .offset = {},
         .hint = {}});
  }
  return std::move(log.requests);
}

// What to send. Also finds the port in absolute URLs.
Result<std::vector<RequestKind>> requests_of(const AppRequest& request, std::uint16_t& port,
                                             std::vector<Notice>& notices) {
  std::vector<RequestKind> out;
  for (const std::string& url : request.urls) {
    auto kind = parse_request_kind(url, port);
    if (!kind) return std::unexpected(kind.error());
    out.push_back(std::move(*kind));
  }
  if (!request.replay.empty()) {
    auto more = replayed(request.replay, notices);
    if (!more) return std::unexpected(more.error());
    out.insert(out.end(), std::make_move_iterator(more->begin()),
               std::make_move_iterator(more->end()));
  }
  if (out.empty()) {
    RequestKind front_page;
    front_page.target = "/";
    out.push_back(std::move(front_page));
  }
  for (RequestKind& kind : out) {
    kind.headers.insert(kind.headers.end(), request.headers.begin(), request.headers.end());
    const bool may = kind.method == "POST" || kind.method == "PUT" || kind.method == "PATCH";
    if (may) kind.body = request.body;
  }
  return out;
}

// The folder for what the run leaves, made where there is none.
Result<std::string> make_folder(const std::string& wanted) {
  std::string folder = wanted;
  if (folder.empty()) {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
    folder = fmt::format("tidemark-reproduce-{}", text);
  }
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  // Dumps hold secrets.
  if (!problem) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
  if (problem) {
    return std::unexpected(Error{.code = ErrorCode::kIo,
                                 .message = "cannot make the folder: " + problem.message(),
                                 .file = folder,
                                 .offset = {},
                                 .hint = "-o FOLDER puts it elsewhere"});
  }
  return folder;
}

}  // namespace

Result<PreparedApp> prepare(const AppRequest& request) {
  PreparedApp out;
  ReproduceSettings& settings = out.settings;
  settings.port = request.port;
  auto requests = requests_of(request, settings.port, out.notices);
  if (!requests) return std::unexpected(requests.error());
  settings.requests = std::move(*requests);
  if (!request.process.empty()) {
    const auto found = find_targets(this_machine(), request.process);
    if (!found) return std::unexpected(found.error());
    settings.pid = found->front().pid;
  }
  auto folder = make_folder(request.folder);
  if (!folder) return std::unexpected(folder.error());
  out.folder = std::move(*folder);
  settings.folder = std::filesystem::absolute(out.folder);
  settings.command = request.command;
  settings.start_timeout = request.start_timeout;
  settings.connections = request.connections;
  settings.rate = request.rate;
  settings.timeout = request.timeout;
  settings.duration = request.duration;
  settings.warmup_requests = request.warmup_requests;
  settings.step_requests = request.step_requests;
  return out;
}

}  // namespace tidemark
