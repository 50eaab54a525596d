#include "host/process_name.h"

#include <algorithm>
#include <array>
#include <set>

namespace tidemark {
namespace {

constexpr std::string_view kHidden = "[hidden]";

// "puma" of "puma: cluster worker 0: 17 [app]" and of "puma 5.6.5 (tcp://0.0.0.0:3000) [app]"
std::string_view first_word(std::string_view title) {
  return title.substr(0, std::min(title.find_first_of(" :"), title.size()));
}

bool is_interpreter(std::string_view program) {
  static constexpr std::array<std::string_view, 6> kNames = {"ruby",   "node",   "nodejs",
                                                             "bundle", "python", "python3"};
  return std::ranges::find(kNames, program) != kNames.end() || program.starts_with("ruby");
}

// What an interpreter runs: its first argument that is no option. As it stands there.
std::string_view script_of(const ProcessInfo& process, bool interprets = false) {
  if (process.arguments.size() < 2) return {};
  if (!interprets && !is_interpreter(file_name(process.arguments[0]))) return {};
  for (std::size_t i = 1; i < process.arguments.size(); ++i) {
    const std::string_view argument = process.arguments[i];
    if (!argument.empty() && argument.front() != '-') return argument;
  }
  return {};
}

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

}  // namespace

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool goes_by(const ProcessInfo& process, std::string_view name, std::string_view executable,
             bool interprets) {
  if (name.empty()) return false;
  if (!executable.empty() && file_name(executable) == name) return true;
  // Threads of the kernel, and what has ended, go by no name.
  if (process.arguments.empty()) return interprets && process.command == name;
  const std::string_view title = process.arguments[0];
  const std::string_view word = first_word(title);
  if (process.command == name || title == name || file_name(title) == name || word == name ||
      file_name(word) == name) {
    return true;
  }
  // "puma 5.6.5 (tcp://...) [shop]"
  const std::size_t bracket = title.rfind('[');
  if (bracket != std::string_view::npos && title.ends_with(']') &&
      title.substr(bracket + 1, title.size() - bracket - 2) == name) {
    return true;
  }
  const std::string_view script = script_of(process, interprets);
  return !script.empty() && (script == name || file_name(script) == name);
}

std::string process_title(const ProcessInfo& process) {
  if (process.arguments.empty()) return process.command;
  const std::string_view script = file_name(script_of(process));
  const std::string program(file_name(first_word(process.arguments[0])));
  return script.empty() ? program : program + " " + std::string(script);
}

std::vector<ProcessInfo> with_descendants(const std::vector<ProcessInfo>& processes,
                                          const std::vector<int>& roots) {
  std::set<int> wanted(roots.begin(), roots.end());
  // A child may have a lower pid than its parent, so until nothing is added.
  for (bool more = true; more;) {
    more = false;
    for (const ProcessInfo& process : processes) {
      if (wanted.contains(process.parent)) more |= wanted.insert(process.pid).second;
    }
  }
  std::vector<ProcessInfo> found;
  for (const ProcessInfo& process : processes) {
    if (wanted.contains(process.pid)) found.push_back(process);
  }
  return found;
}

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

}  // namespace tidemark
