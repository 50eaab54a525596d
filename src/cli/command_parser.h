// Parses one command's arguments with CLI11 and writes its help. The pattern of a command:
//
//   int run_summary(const CommandContext& context) {
//     CommandParser parser(context, "What is in a heap dump: ...");
//     std::string dump;
//     parser.app().add_option("DUMP", dump, "a heap dump, or - for standard input")->required();
//     CommonOptions common;
//     add_common_options(parser.app(), common, {.default_limit = 20});
//     parser.example("tidemark summary heap.json", "the largest classes and sites");
//     if (const auto exit_code = parser.parse()) return *exit_code;
//     ...
//     context.out.write(table.print(common.style()));
//     return kExitDone;
//   }
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace tidemark {

// A check for option values: option->check(whole_number(1, 1024)). CLI11's own conversion would
// take -1 for a huge number and 010 for 8.
CLI::Validator whole_number(std::uint64_t least = 0, std::uint64_t most = UINT64_MAX);

class CommandParser {
 public:
  // `description`: one or two sentences for the head of the help.
  CommandParser(const CommandContext& context, std::string description);

  // For add_option() and the like. Set option_text("N") to name a value in the help.
  CLI::App& app() { return app_; }

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

  [[nodiscard]] int explain(const CLI::ParseError& error) const;
  [[nodiscard]] int explain_extra(const std::string& argument) const;

  const CommandContext& context_;
  CLI::App app_;
  std::vector<std::string> notes_;
  std::vector<Example> examples_;
};

}  // namespace tidemark
