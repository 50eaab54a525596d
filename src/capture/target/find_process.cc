#include "capture/target/find_process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "capture/target/proc_files.h"

namespace tidemark {
namespace {

constexpr std::string_view kHidden = "[hidden]";

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

bool names_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 10> kWords = {
      "secret",  "token",   "passw",      "pwd",  "apikey",
      "api-key", "api_key", "credential", "auth", "dsn"};
  const std::string small = lower(name);
  return std::ranges::any_of(kWords,
                             [&](auto word) { return small.find(word) != std::string::npos; }) ||
         small.ends_with("key") || small.ends_with("_url") || small.ends_with("-url");
}

// "postgres://user:pass@host/db" becomes "postgres://[hidden]@host/db".
std::string hide_user(std::string text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const std::size_t end = std::min(text.find('/', scheme + 3), text.size());
  const std::size_t at = text.rfind('@', end);
  if (at == std::string::npos || at < scheme + 3) return text;
  return text.replace(scheme + 3, at - scheme - 3, kHidden);
}

// One that nobody may look at, and that says itself what it is.
std::optional<Candidate> hidden_candidate(pid_t pid, const HiddenProcesses& hidden) {
  const auto arguments = command_line(pid);
  const auto status = read_status(pid);
  const bool approachable = status && (status->user == geteuid() || geteuid() == 0);
  if (!approachable || arguments.empty()) return std::nullopt;
  const auto kind = hidden.runtime_of(*status);
  if (!kind) return std::nullopt;
  return Candidate{.pid = pid,
                   .parent = status->parent,
                   .kind = *kind,
                   .user = status->user,
                   .resident_bytes = status->resident_bytes,
                   .uptime_seconds = uptime_seconds(pid),
                   .title = describe_command(arguments)};
}

std::optional<Candidate> candidate(pid_t pid, const HiddenProcesses& hidden) {
  const std::string executable = executable_path(pid);
  if (executable.empty()) return hidden_candidate(pid, hidden);
  auto kind = guess_runtime(executable, {});
  if (!kind) {
    // A program of another name may still have a runtime inside, as a library.
    const auto maps = read_maps(pid);
    if (maps) kind = guess_runtime(executable, *maps);
  }
  if (!kind) return std::nullopt;
  const auto status = read_status(pid);
  if (!status || status->state == 'Z' || status->resident_bytes == 0) return std::nullopt;
  return Candidate{.pid = pid,
                   .parent = status->parent,
                   .kind = *kind,
                   .user = status->user,
                   .resident_bytes = status->resident_bytes,
                   .uptime_seconds = uptime_seconds(pid),
                   .title = describe_command(command_line(pid))};
}

// The largest first; a parent of one of the others last.
void sort_candidates(std::vector<Candidate>& found) {
  const auto is_master = [&](const Candidate& one) {
    return std::ranges::any_of(found,
                               [&](const Candidate& other) { return other.parent == one.pid; });
  };
  std::vector<pid_t> masters;
  for (const Candidate& one : found) {
    if (is_master(one)) masters.push_back(one.pid);
  }
  std::ranges::stable_sort(found, [&](const Candidate& a, const Candidate& b) {
    const bool master_a = std::ranges::find(masters, a.pid) != masters.end();
    const bool master_b = std::ranges::find(masters, b.pid) != masters.end();
    if (master_a != master_b) return master_b;
    return a.resident_bytes > b.resident_bytes;
  });
}

std::string what_runs(const std::vector<Candidate>& all) {
  if (all.empty()) return "no Ruby or Node.js process runs here that this user may look at";
  std::string out = "what runs:";
  constexpr std::size_t kMost = 5;
  for (std::size_t i = 0; i < all.size() && i < kMost; ++i) {
    out += fmt::format("{} {} ({})", i == 0 ? "" : ",", all[i].pid, all[i].title.substr(0, 40));
  }
  if (all.size() > kMost) out += fmt::format(" and {} more", all.size() - kMost);
  return out;
}

// The kernel hides from its own user a process that has changed its user or been told to.
std::unexpected<Error> refuses_to_be_seen(const ProcessStatus& status,
                                          const HiddenProcesses& hidden) {
  std::string help = "run it with sudo";
  if (const std::string other = hidden.remedy(); !other.empty()) help += "; or " + other;
  return fail(ErrorCode::kUnsupported,
              fmt::format("process {} ({}) protects itself: it changed its user, or is not "
                          "dumpable, and we may not look at it",
                          status.pid, status.name),
              help);
}

Result<std::vector<Candidate>> by_pid(std::string_view text, std::uint64_t number,
                                      const HiddenProcesses& hidden) {
  const auto status = read_status(static_cast<pid_t>(std::min<std::uint64_t>(number, INT32_MAX)));
  if (!status) return std::unexpected(status.error());
  const auto pid = static_cast<pid_t>(number);
  if (auto found = candidate(pid, hidden)) return std::vector{std::move(*found)};
  if (executable_path(pid).empty() && geteuid() != status->user) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("process {} belongs to another user, and we may not look at it", text),
                "run it with sudo");
  }
  if (executable_path(pid).empty() && !command_line(pid).empty())
    return refuses_to_be_seen(*status, hidden);
  return fail(ErrorCode::kUnsupported,
              fmt::format("process {} ({}) is neither Ruby nor Node.js", text, status->name),
              what_runs(list_runtimes(hidden)));
}

}  // namespace

std::string describe_command(const std::vector<std::string>& arguments) {
  std::string out;
  bool hide_next = false;
  for (const std::string& argument : arguments) {
    if (!out.empty()) out += ' ';
    const std::size_t equals = argument.find('=');
    const bool option = argument.starts_with("-");
    if (hide_next && !option) {
      out += kHidden;
    } else if (equals != std::string::npos && names_a_secret(argument.substr(0, equals))) {
      out += argument.substr(0, equals + 1);
      out += kHidden;
    } else {
      out += hide_user(argument);
    }
    hide_next = option && equals == std::string::npos && names_a_secret(argument);
  }
  return out;
}

bool means_process(std::string_view name, std::string_view comm,
                   const std::vector<std::string>& arguments, std::string_view executable) {
  if (name == comm || name == file_name(executable)) return true;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    // A title is one long argument: "puma 5.6.5 (tcp://...) [shop]", "sidekiq 7 shop [0 of 5]".
    const std::string_view argument = arguments[i];
    const std::string_view word = argument.substr(0, argument.find_first_of(" :"));
    if (name == argument || name == file_name(argument)) return true;
    if (i == 0 && (name == word || name == file_name(word))) return true;
    if (i == 0 && argument.ends_with(fmt::format("[{}]", name))) return true;
    // Only the program and its script are names; what follows are their arguments.
    if (i > 0 && !argument.starts_with("-")) break;
  }
  return false;
}

std::vector<Candidate> list_runtimes(const HiddenProcesses& hidden) {
  std::vector<Candidate> found;
  for (const pid_t pid : numbered_entries("/proc")) {
    if (pid == getpid()) continue;
    if (auto one = candidate(pid, hidden)) found.push_back(std::move(*one));
  }
  sort_candidates(found);
  return found;
}

Result<std::vector<Candidate>> find_targets(std::string_view text, const HiddenProcesses& hidden) {
  const bool digits =
      !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits) return by_pid(text, parse_number(text).value_or(UINT64_MAX), hidden);
  std::vector<Candidate> all = list_runtimes(hidden);
  std::vector<Candidate> found;
  for (const Candidate& one : all) {
    const auto status = read_status(one.pid);
    if (!status) continue;
    if (runtime_of_word(text) == one.kind ||
        means_process(text, status->name, command_line(one.pid), executable_path(one.pid))) {
      found.push_back(one);
    }
  }
  if (found.empty()) {
    return fail(ErrorCode::kNotFound,
                fmt::format("no Ruby or Node.js process is called '{}'", text), what_runs(all));
  }
  sort_candidates(found);
  return found;
}

}  // namespace tidemark
