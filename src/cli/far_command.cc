#include "cli/far_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "cli/exit_code.h"
#include "cli/terminal_monitor.h"
#include "far/far_run.h"
#include "far/far_target.h"
#include "transfer/byte_sink.h"

namespace tidemark {
namespace {

using Words = std::vector<std::string>;

constexpr std::array<std::string_view, 5> kGoThere = {"capture", "doctor", "size", "status",
                                                      "watch"};
constexpr std::array<std::string_view, 5> kReadFiles = {"diff", "retainers", "summary", "suspects",
                                                        "verdict"};

int usage(const CommandContext& context, std::string message, std::string hint) {
  return context.messages.give_up({.code = ErrorCode::kUsage,
                                   .message = std::move(message),
                                   .file = {},
                                   .offset = {},
                                   .hint = std::move(hint)});
}

bool has(const Words& words, std::string_view option) {
  return std::ranges::any_of(words, [&](const std::string& word) {
    return word == option || word.starts_with(fmt::format("{}=", option));
  });
}

// The value of an option, which is taken out; the last one counts.
std::string take_option(Words& words, std::string_view name, std::string_view letter) {
  std::string value;
  for (std::size_t i = 0; i < words.size();) {
    const std::string word = words[i];
    const bool alone = word == name || word == letter;
    if (alone && i + 1 < words.size()) {
      value = words[i + 1];
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (word.starts_with(fmt::format("{}=", name))) {
      value = word.substr(name.size() + 1);
    } else if (word.starts_with(letter) && !word.starts_with("--") && word.size() > 2) {
      value = word.substr(word[2] == '=' ? 3 : 2);
    } else {
      ++i;
      continue;
    }
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return value;
}

std::string file_for(const std::string& output, const FarTarget& target, bool plain) {
  const bool folder = output.ends_with('/') || std::filesystem::is_directory(output);
  if (!output.empty() && !folder) return output;
  std::array<char, 32> time{};
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(time.data(), time.size(), "%Y%m%dT%H%M%SZ", &parts);
  std::string name = target.place.substr(target.place.find("://") + 3);
  name = fmt::format("{}-{}-{}.dump{}", target.process, name, time.data(), plain ? "" : ".zst");
  for (char& c : name) {
    if (c == '/' || c == '?' || c == ':' || c == '[' || c == ']') c = '-';
  }
  return output.empty() ? name : (std::filesystem::path(output) / name).string();
}

FarListener to_screen(const CommandContext& context) {
  return {.output = [&context](std::string_view bytes) -> Result<void> {
            const ProgressPause erased;
            context.out.write(std::string(bytes));
            context.out.flush();
            return {};
          },
          .error =
              [](std::string_view bytes) {
                const ProgressPause erased;
                std::fwrite(bytes.data(), 1, bytes.size(), stderr);
              }};
}

ProgressMode progress_of(const Words& words) {
  const bool none = has(words, "--quiet") || has(words, "-q") || has(words, "--no-progress");
  return none ? ProgressMode::kNever : ProgressMode::kAuto;
}

// The last line says a command for the far side's own shell: put as it is asked from here.
std::string as_from_here(std::string text, const FarTarget& target) {
  for (const std::string_view next : {"\nNext: tidemark doctor ", "\nNext: tidemark capture "}) {
    const std::size_t at = text.rfind(next);
    if (at == std::string::npos) continue;
    const std::size_t word = at + next.size();
    const std::size_t size = std::min(text.find_first_of(" \n", word), text.size()) - word;
    text.replace(word, size, target.with_process(text.substr(word, size)));
  }
  return text;
}

int run_there(const CommandContext& context, const FarRequest& request) {
  TerminalMonitor monitor(progress_of(request.arguments));
  FarListener listener = to_screen(context);
  std::string held;  // what doctor says is short, and comes at once
  const bool holds = context.command.name == "doctor" && !context.messages.json;
  if (holds) {
    listener.output = [&held](std::string_view bytes) -> Result<void> {
      held += bytes;
      return {};
    };
  }
  const auto end = run_far(request, listener, monitor);
  if (holds) context.out.write(as_from_here(std::move(held), request.target));
  return end ? end->exit_code : context.messages.give_up(end.error());
}

// The dump comes through the connection into a file here; there is never one on the far side.
int capture_there(const CommandContext& context, FarRequest request) {
  Words& words = request.arguments;
  if (has(words, "--count") || has(words, "--every") || has(words, "--grow")) {
    return usage(context, "a series of captures cannot be taken of a process elsewhere",
                 "take them one by one, each into a file of its own");
  }
  if (context.messages.json) {
    return usage(context, "a capture from elsewhere has no document",
                 "leave out --format json; the exit code says whether it succeeded");
  }
  const std::string output = take_option(words, "--output", "-o");
  if (output.starts_with("s3://")) {
    return usage(context, "a capture from elsewhere goes into a file here, not into a bucket",
                 "copy the file there afterwards");
  }
  words.insert(words.end(), {"--output", "-"});
  if (output == "-") return run_there(context, request);
  const std::string path = file_for(output, request.target, has(words, "--plain"));
  auto sink = file_sink(path, path == output ? NameBy::kUser : NameBy::kProgram);
  if (!sink) return context.messages.give_up(sink.error());
  TerminalMonitor monitor(progress_of(words));
  FarListener listener = to_screen(context);
  listener.output = [&](std::string_view bytes) { return (*sink)->write(bytes); };
  const auto end = run_far(request, listener, monitor);
  if (!end || end->exit_code != kExitDone) {
    (*sink)->abandon();
    return end ? end->exit_code : context.messages.give_up(end.error());
  }
  if (auto whole = (*sink)->finish(); !whole) return context.messages.give_up(whole.error());
  context.out.write(fmt::format("{}: {} from {}, {} sent there\n", path,
                                format_bytes((*sink)->stored_bytes()), request.target.place,
                                format_bytes(end->sent_bytes)));
  return kExitDone;
}

int go(const CommandContext& context, const std::string& word, Words arguments, std::size_t at) {
  auto target = parse_far_target(word);
  if (!target) return context.messages.give_up(target.error());
  const std::string_view command = context.command.name;
  if (target->process.empty()) {
    if (command != "doctor" && command != "status") {
      return usage(context, fmt::format("'{}' names no process", word),
                   fmt::format("`tidemark doctor {}` lists those that run there", word));
    }
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(at));
  } else {
    std::string& replaced = arguments[at];
    replaced.replace(replaced.size() - word.size(), word.size(), target->process);
  }
  if (has(arguments, "--record")) {
    return usage(context, "--record would write on the far side, where nothing is left",
                 "the lines that watch writes can be kept here: > FILE");
  }
  FarRequest request{.target = *std::move(target), .arguments = {std::string(command)}};
  request.arguments.insert(request.arguments.end(), arguments.begin(), arguments.end());
  const bool no_dump = has(arguments, "--dry-run") || has(arguments, "--trace-allocations");
  if (command == "capture" && !no_dump) return capture_there(context, std::move(request));
  return run_there(context, request);
}

}  // namespace

std::optional<int> run_if_far(const CommandContext& context) {
  const Words& arguments = context.arguments;
  const bool goes = std::ranges::find(kGoThere, context.command.name) != kGoThere.end();
  if (!goes && std::ranges::find(kReadFiles, context.command.name) == kReadFiles.end())
    return std::nullopt;
  if (has(arguments, "--help") || has(arguments, "-h")) return std::nullopt;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::size_t value = arguments[i].starts_with("--pid=") ? 6 : 0;
    const std::string word = arguments[i].substr(value);
    if (!is_far_target(word)) continue;
    if (goes) return go(context, word, arguments, i);
    return usage(context,
                 fmt::format("`tidemark {}` reads files, not '{}'", context.command.name, word),
                 fmt::format("`tidemark {} {}` first",
                             context.command.name == "verdict" ? "watch" : "capture", word));
  }
  return std::nullopt;
}

}  // namespace tidemark
