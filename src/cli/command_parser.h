// Parses one command's arguments with CLI11 and writes its help. The pattern of a command:
//
//   int run_summary(const CommandContext& context) {
//     CommandParser parser(context, "What is in a heap dump: ...");
//     SummaryRequest request;
//     CommonOptions common;
//     parser.options().add_option("DUMP", request.dump, "a heap dump, or - for standard input")
//         .required();
//     parser.add_common_options(common, {.default_limit = 20});
//     parser.example("tidemark summary heap.json", "the largest classes and sites");
//     if (const auto exit_code = parser.parse()) return *exit_code;
//
//     TerminalMonitor monitor(common.progress);
//     const auto answered = answer(request, monitor);
//     if (!answered) return context.messages.give_up(answered.error());
//     return show(context, common, *answered, summary_text);
//   }
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/common_options.h"
#include "cli/options.h"

namespace tidemark {

class CommandParser {
 public:
  // `description`: one or two sentences for the head of the help.
  CommandParser(const CommandContext& context, std::string description);

  ~CommandParser();
  CommandParser(const CommandParser&) = delete;
  CommandParser& operator=(const CommandParser&) = delete;

  Options& options() { return options_; }

  // The options of every command, and --color alone for commands with formats of their own. After
  // parsing, errors and notices are said as they ask.
  void add_common_options(CommonOptions& options, const CommonChoices& choices = {});
  void add_color_option(ColorMode& color);

  // Shown at the end of the help, in order. Neither may be wider than 96 columns.
  void example(std::string command_line, std::string explanation);
  // A paragraph between the options and the examples.
  void note(std::string paragraph);

  // The exit code when there is nothing left to do: help was printed, or the arguments are wrong.
  [[nodiscard]] std::optional<int> parse();

  // For arguments that contradict each other: prints the message and where to read more.
  [[nodiscard]] int usage_error(std::string message, std::string_view suggestion = {}) const;

  [[nodiscard]] std::string help(bool color) const;

 private:
  struct Example {
    std::string command_line;
    std::string explanation;
  };

  [[nodiscard]] int explain(const std::string& sentence) const;
  [[nodiscard]] int explain_extra(const std::string& argument) const;

  const CommandContext& context_;
  const CommonOptions* common_ = nullptr;
  const ColorMode* color_ = nullptr;
  std::unique_ptr<CLI::App> app_;
  Options options_;
  std::vector<std::string> notes_;
  std::vector<Example> examples_;
};

}  // namespace tidemark
