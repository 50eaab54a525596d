#include "cli/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <new>

#include "base/nearest.h"
#include "base/result.h"
#include "cli/exit_code.h"
#include "cli/far_command.h"
#include "cli/look_around.h"
#include "cli/print_error.h"
#include "far/far_side.h"

namespace tidemark {
namespace {

constexpr std::string_view kVersion = TIDEMARK_VERSION;

int dispatch(std::span<const Command> commands, std::vector<std::string> arguments, Output& out,
             Messages& messages) {
  if (arguments.empty()) {
    const std::string text = overview(commands, TextStyle(ColorMode::kAuto, STDERR_FILENO)) +
                             surroundings_text(look_around("."));
    std::fwrite(text.data(), 1, text.size(), stderr);
    return kExitUsage;
  }
  const std::string name = arguments.front();
  if (name == "--version") {
    out.write(fmt::format("tidemark {}\n", kVersion));
    return kExitDone;
  }
  if (name == "--help" || name == "-h") {
    out.write(overview(commands, TextStyle(ColorMode::kAuto, STDOUT_FILENO)));
    return kExitDone;
  }
  const Command* command = find_command(commands, name);
  if (command == nullptr) return unknown_command(commands, name, messages);
  arguments.erase(arguments.begin());
  const CommandContext context{.command = *command,
                               .all = commands,
                               .arguments = std::move(arguments),
                               .out = out,
                               .messages = messages};
  if (const auto done = run_if_far(context)) return *done;
  return command->run(context);
}

}  // namespace

const Command* find_command(std::span<const Command> commands, std::string_view name) {
  for (const Command& command : commands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

int unknown_command(std::span<const Command> commands, std::string_view name,
                    const Messages& messages) {
  std::vector<std::string_view> names;
  for (const Command& command : commands) names.push_back(command.name);
  const std::string_view meant = nearest(name, names);
  const char* const kind = name.starts_with("-") ? "option" : "command";
  return messages.give_up({.code = ErrorCode::kUsage,
                           .message = fmt::format("unknown {} '{}'", kind, name),
                           .file = {},
                           .offset = {},
                           .hint = meant.empty() ? "`tidemark help` lists the commands"
                                                 : fmt::format("did you mean '{}'?", meant)});
}

int run_command_line(std::span<const Command> commands, std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments.front() == kFarCommand) {
    auto sent = become_far_side(arguments.size() > 1);
    if (!sent) {
      print_error(sent.error(), ColorMode::kAuto);
      return kExitFailed;
    }
    arguments = *std::move(sent);
  }
  Output out;
  Messages messages{.out = out, .json = asks_for_json(arguments)};
  int exit_code = kExitFailed;
  // Nothing of ours throws on purpose; what is left is memory running out.
  try {
    exit_code = dispatch(commands, std::move(arguments), out, messages);
  } catch (const std::bad_alloc&) {
    exit_code =
        messages.give_up({.code = ErrorCode::kTooLarge,
                          .message = "not enough memory",
                          .file = {},
                          .offset = {},
                          .hint = "run it on a machine with more memory: a dump can be copied"});
  } catch (const std::exception& error) {
    exit_code = messages.give_up({.code = ErrorCode::kIo,
                                  .message = fmt::format("unexpected: {}", error.what()),
                                  .file = {},
                                  .offset = {},
                                  .hint = "this is a bug in tidemark; please report it"});
  }
  return out.finish(exit_code);
}

}  // namespace tidemark
