// `tidemark help`: the commands, grouped by the question that they answer; or one command's help.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/help_text.h"
#include "report/style.h"

namespace tidemark {
namespace {

constexpr std::array kGroups = {
    std::pair{Question::kIsItALeak, "Is it a leak?"},
    std::pair{Question::kTakeAHeap, "Take a heap"},
    std::pair{Question::kWhereIsIt, "Where is it?"},
    std::pair{Question::kWhatFits, "What fits?"},
    std::pair{Question::kMakeItHappen, "Make it happen here"},
    std::pair{Question::kStayUp, "Stay up until it is fixed"},
    std::pair{Question::kAboutTidemark, "About tidemark"},
};

constexpr std::size_t kMeaningAt = 32;

}  // namespace

std::string overview(std::span<const Command> commands, const TextStyle& style) {
  std::string out =
      "tidemark finds out why the memory of a Ruby or Node.js app grows, and what to do about it.\n"
      "\n" +
      style.bold("Usage:") + " tidemark COMMAND [OPTIONS] ...\n";
  for (const auto& [question, heading] : kGroups) {
    std::vector<HelpEntry> entries;
    for (const Command& command : commands) {
      if (command.question != question) continue;
      entries.push_back(
          {fmt::format("{} {}", command.name, command.arguments), std::string(command.summary)});
    }
    if (!entries.empty()) out += "\n" + help_section(heading, entries, kMeaningAt, style);
  }
  out += "\n`tidemark COMMAND --help` explains a command, with examples.\n";
  return out + exit_code_help(style);
}

int run_help(const CommandContext& context) {
  CommandParser parser(context, "Lists the commands, or explains one of them.");
  std::string name;
  parser.options().add_option("COMMAND", name, "the command to explain");
  parser.example("tidemark help", "lists the commands");
  parser.example("tidemark help help", "shows this");
  if (const auto exit_code = parser.parse()) return *exit_code;

  if (name.empty()) {
    context.out.write(overview(context.all, TextStyle(ColorMode::kAuto, STDOUT_FILENO)));
    return kExitDone;
  }
  const Command* command = find_command(context.all, name);
  if (command == nullptr) return unknown_command(context.all, name, context.messages);
  return command->run({.command = *command,
                       .all = context.all,
                       .arguments = {"--help"},
                       .out = context.out,
                       .messages = context.messages});
}

}  // namespace tidemark
