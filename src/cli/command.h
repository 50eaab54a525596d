// A command: a line of the table in main.cc, and a function that parses its arguments and runs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/messages.h"
#include "cli/output.h"
#include "report/style.h"

namespace tidemark {

// The question of a user that a command answers; the groups of `tidemark help`, in this order.
enum class Question : std::uint8_t {
  kIsItALeak,
  kTakeAHeap,
  kWhereIsIt,
  kWhatFits,
  kMakeItHappen,
  kStayUp,
  kAboutTidemark,
};

struct CommandContext;

struct Command {
  std::string_view name;
  std::string_view arguments;  // for the usage line: "DUMP DUMP [DUMP...]"
  std::string_view summary;    // one line, no capital, no full stop
  Question question = Question::kAboutTidemark;
  int (*run)(const CommandContext& context) = nullptr;  // returns an exit code, see exit_code.h
};

struct CommandContext {
  const Command& command;
  std::span<const Command> all;
  std::vector<std::string> arguments;  // those after the command's name
  Output& out;
  Messages& messages;
};

// Null when there is none.
const Command* find_command(std::span<const Command> commands, std::string_view name);
// Prints that there is none, with the one that may have been meant; returns the exit code.
int unknown_command(std::span<const Command> commands, std::string_view name,
                    const Messages& messages);
// The text of `tidemark help`.
std::string overview(std::span<const Command> commands, const TextStyle& style);

// Runs what the command line asks for: a command, `--help`, `--version`. Returns the exit code.
int run_command_line(std::span<const Command> commands, std::vector<std::string> arguments);

}  // namespace tidemark
