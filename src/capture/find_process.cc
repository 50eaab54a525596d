#include "capture/find_process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/numbers.h"
#include "host/process.h"
#include "host/process_name.h"

namespace tidemark {
namespace {

// One that nobody may look at, and that says itself what it is.
std::optional<Candidate> hidden_candidate(const Host& host, pid_t pid,
                                          const HiddenProcesses& hidden) {
  const auto arguments = command_line(host, pid);
  const auto status = read_status(host, pid);
  const bool approachable = status && (status->user == geteuid() || geteuid() == 0);
  if (!approachable || arguments.empty()) return std::nullopt;
  const auto kind = hidden.runtime_of(*status);
  if (!kind) return std::nullopt;
  return Candidate{.pid = pid,
                   .parent = status->parent,
                   .kind = *kind,
                   .user = status->user,
                   .resident_bytes = status->resident_bytes,
                   .uptime_seconds = uptime_seconds(host, pid),
                   .title = describe_command(arguments)};
}

std::optional<Candidate> candidate(const Host& host, pid_t pid, const HiddenProcesses& hidden) {
  const std::string executable = executable_path(host, pid);
  if (executable.empty()) return hidden_candidate(host, pid, hidden);
  auto kind = guess_runtime(executable, {});
  if (!kind) {
    // A program of another name may still have a runtime inside, as a library.
    const auto maps = read_maps(host, pid);
    if (maps) kind = guess_runtime(executable, *maps);
  }
  if (!kind) return std::nullopt;
  const auto status = read_status(host, pid);
  if (!status || status->state == 'Z' || status->resident_bytes == 0) return std::nullopt;
  return Candidate{.pid = pid,
                   .parent = status->parent,
                   .kind = *kind,
                   .user = status->user,
                   .resident_bytes = status->resident_bytes,
                   .uptime_seconds = uptime_seconds(host, pid),
                   .title = describe_command(command_line(host, pid))};
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

Result<std::vector<Candidate>> by_pid(const Host& host, std::string_view text, std::uint64_t number,
                                      const HiddenProcesses& hidden) {
  const auto status =
      read_status(host, static_cast<pid_t>(std::min<std::uint64_t>(number, INT32_MAX)));
  if (!status) return std::unexpected(status.error());
  const auto pid = static_cast<pid_t>(number);
  if (auto found = candidate(host, pid, hidden)) return std::vector{std::move(*found)};
  if (executable_path(host, pid).empty() && geteuid() != status->user) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("process {} belongs to another user, and we may not look at it", text),
                "run it with sudo");
  }
  if (executable_path(host, pid).empty() && !command_line(host, pid).empty())
    return refuses_to_be_seen(*status, hidden);
  return fail(ErrorCode::kUnsupported,
              fmt::format("process {} ({}) is neither Ruby nor Node.js", text, status->name),
              what_runs(list_runtimes(host, hidden)));
}

}  // namespace

std::vector<Candidate> list_runtimes(const Host& host, const HiddenProcesses& hidden) {
  std::vector<Candidate> found;
  for (const pid_t pid : host.processes()) {
    if (pid == getpid()) continue;
    if (auto one = candidate(host, pid, hidden)) found.push_back(std::move(*one));
  }
  sort_candidates(found);
  return found;
}

Result<std::vector<Candidate>> find_targets(const Host& host, std::string_view text,
                                            const HiddenProcesses& hidden) {
  const bool digits =
      !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits)
    return by_pid(host, text, leading_number<std::uint64_t>(text).value_or(UINT64_MAX), hidden);
  std::vector<Candidate> all = list_runtimes(host, hidden);
  std::vector<Candidate> found;
  for (const Candidate& one : all) {
    const auto process = read_process(host, one.pid);
    if (!process) continue;
    if (runtime_of_word(text) == one.kind ||
        goes_by(*process, text, executable_path(host, one.pid), true)) {
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
