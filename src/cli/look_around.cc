#include "cli/look_around.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "answers/live/doctor.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 10'000;

// A word that a shell takes as it stands.
bool is_plain(std::string_view name) {
  return !name.empty() && !name.starts_with('-') && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-+:,@").find(c) != std::string_view::npos;
  });
}

bool is_dump(std::string_view name) {
  for (const std::string_view packed : {".zst", ".gz"}) {
    if (name.ends_with(packed)) name.remove_suffix(packed.size());
  }
  return name.ends_with(".heap.json") || name.ends_with(".heapsnapshot") || name.ends_with(".dump");
}

std::vector<std::string> dumps_in(const std::string& folder) {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code failed;
  std::size_t seen = 0;
  for (fs::directory_iterator file(folder, failed), end; !failed && file != end;
       file.increment(failed)) {
    if (++seen > kMostFiles) break;
    std::string name = file->path().filename().string();
    if (!is_plain(name) || !is_dump(name)) continue;
    const auto time = file->last_write_time(failed);
    if (!failed) found.emplace_back(time, std::move(name));
    failed.clear();
  }
  std::ranges::sort(found);
  std::vector<std::string> names;
  for (auto& [time, name] : found) names.push_back(std::move(name));
  return names;
}

// The command of the Procfile's web process; empty when it is none that can be shown.
std::string procfile_command(const fs::path& path) {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed)) return {};
  std::ifstream file(path);
  std::string text(4096, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  constexpr std::string_view kWeb = "web:";
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    std::string_view line = std::string_view(text).substr(from, end - from);
    from = end + 1;
    if (!line.starts_with(kWeb)) continue;
    line.remove_prefix(kWeb.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
    const bool shown = line.size() <= 100 &&
                       std::ranges::all_of(line, [](char c) { return c >= ' ' && c < 0x7f; });
    return shown ? std::string(line) : "";
  }
  return {};
}

std::string start_command(const fs::path& folder) {
  std::string command = procfile_command(folder / "Procfile");
  if (!command.empty()) return command;
  std::error_code failed;
  if (fs::exists(folder / "Gemfile", failed)) return "bundle exec puma";
  if (fs::exists(folder / "package.json", failed)) return "npm start";
  return {};
}

}  // namespace

Surroundings look_around(const std::string& folder) {
  Surroundings here{.processes = {}, .dumps = dumps_in(folder), .start = start_command(folder)};
  Monitor monitor;
  if (const auto found = answer(DoctorRequest{}, monitor)) {
    for (const RuntimeProcess& process : found->processes) {
      here.processes.push_back(static_cast<std::uint64_t>(process.pid));
    }
  }
  return here;
}

std::vector<std::string> worth_running(const Surroundings& here) {
  std::vector<std::string> lines;
  if (here.dumps.size() > 1) {
    const std::size_t from = here.dumps.size() - std::min<std::size_t>(here.dumps.size(), 3);
    const std::vector<std::string> last(here.dumps.begin() + static_cast<std::ptrdiff_t>(from),
                                        here.dumps.end());
    lines.push_back(fmt::format("tidemark suspects {}", fmt::join(last, " ")));
  } else if (here.dumps.size() == 1) {
    lines.push_back(fmt::format("tidemark summary {}", here.dumps.front()));
  }
  if (!here.processes.empty()) {
    lines.push_back(fmt::format("tidemark watch {} --heap", here.processes.front()));
    lines.push_back(fmt::format("tidemark capture {}", here.processes.front()));
  }
  if (!here.start.empty()) {
    lines.push_back(fmt::format("tidemark reproduce --url / -- {}", here.start));
  }
  lines.emplace_back("heroku logs -n 1500 -a APP | tidemark verdict -");
  lines.emplace_back("tidemark doctor ssh://HOST");
  lines.resize(2);
  return lines;
}

std::string surroundings_text(const Surroundings& here) {
  const auto lines = worth_running(here);
  return fmt::format(
      "\nHere: {} Ruby and Node.js process{}, {} heap dump{} in this folder, {}.\n"
      "Most worth running:\n  {}\n  {}\n",
      here.processes.size(), here.processes.size() == 1 ? "" : "es", here.dumps.size(),
      here.dumps.size() == 1 ? "" : "s", here.start.empty() ? "no app that it knows" : "and an app",
      lines[0], lines[1]);
}

}  // namespace tidemark
