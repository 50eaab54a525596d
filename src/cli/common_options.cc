#include "cli/common_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <span>
#include <string>
#include <utility>

#include "cli/command_parser.h"

namespace tidemark {
namespace {

constexpr const char* kGroup = "Common options";

template <class Value>
using Choice = std::pair<std::string, Value>;

// An option that takes one of a few words; the last one given counts.
template <class Value>
void add_choice(Options& app, const std::string& name, Value& value,
                const std::vector<Choice<Value>>& choices, const std::string& description) {
  std::vector<std::string> words;
  for (const auto& choice : choices) words.push_back(choice.first);
  app.add_option_function<std::string>(
         name,
         [&value, choices](const std::string& word) {
           for (const auto& choice : choices) {
             if (choice.first == word) value = choice.second;
           }
         },
         description)
      .check(one_of(words))
      .option_text(fmt::format("{}", fmt::join(words, "|")))
      .take_last()
      .group(kGroup);
}

std::string format_name(OutputFormat format) {
  switch (format) {
    case OutputFormat::kText:
      return "text";
    case OutputFormat::kJson:
      return "json";
    case OutputFormat::kCsv:
      return "csv";
  }
  return {};
}

void add_dump_options(Options& app, CommonOptions& options) {
  app.add_flag_callback(
         "--no-index", [&options] { options.read.use_index = false; },
         "neither read nor write an index file beside the dump")
      .group(kGroup);
  app.add_flag("--strict", options.read.strict,
               "stop at the first damaged line instead of skipping it")
      .group(kGroup);
  app.add_option("--threads", options.read.threads, "threads to use (default: one for each core)")
      .option_text("N")
      .check(whole_number(1, 1024))
      .take_last()
      .group(kGroup);
}

}  // namespace

TextStyle CommonOptions::style() const {
  return TextStyle(format == OutputFormat::kText && wants_color(color, STDOUT_FILENO));
}

void add_color_option(Options& app, ColorMode& color) {
  add_choice<ColorMode>(
      app, "--color", color,
      {{"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}},
      "when to colour; auto: on a terminal, unless NO_COLOR is set");
}

void add_common_options(Options& app, CommonOptions& options, const CommonChoices& choices) {
  std::vector<Choice<OutputFormat>> formats;
  for (const OutputFormat format : choices.formats) {
    formats.emplace_back(format_name(format), format);
  }
  add_choice(app, "--format", options.format, formats, "how to answer (default: text)");
  if (choices.default_limit > 0) {
    options.limit = choices.default_limit;
    app.add_option_function<std::size_t>(
           "--limit",
           [&options](std::size_t rows) {
             options.limit = rows == 0 ? CommonOptions::kNoLimit : rows;
           },
           fmt::format("rows in each list, 0 for all (default: {})", choices.default_limit))
        .option_text("N")
        .check(whole_number())
        .take_last()
        .group(kGroup);
  }
  if (choices.reads_dumps) add_dump_options(app, options);
  add_color_option(app, options.color);
  app.add_flag_callback(
         "--progress", [&options] { options.progress = ProgressMode::kAlways; },
         "show progress also when standard error is not a terminal")
      .group(kGroup);
  app.add_flag_callback(
         "-q,--quiet",
         [&options] {
           options.quiet = true;
           options.progress = ProgressMode::kNever;
         },
         "no progress and no warnings")
      .group(kGroup);
}

}  // namespace tidemark
