#include "cli/command_parser.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "base/nearest.h"
#include "base/result.h"
#include "cli/exit_code.h"
#include "cli/help_text.h"
#include "report/style.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

constexpr std::size_t kMeaningAt = 30;

// "-q, --quiet", "    --limit N": long names line up whether or not there is a short one.
std::string option_name(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true, false);
  std::string out;
  for (const std::string& name : option.get_snames()) out += "-" + name + ", ";
  if (out.empty()) out = "    ";
  for (const std::string& name : option.get_lnames()) out += "--" + name + ", ";
  out.resize(out.size() - 2);
  if (option.get_type_size() == 0) return out;
  const std::string& text = option.get_option_text();
  return out + " " + (text.empty() ? option.get_type_name() : text);
}

std::string section(const CLI::App& app, std::string_view heading, const TextStyle& style,
                    const std::function<bool(const CLI::Option*)>& belongs) {
  std::vector<HelpEntry> entries;
  for (const CLI::Option* option : app.get_options(belongs)) {
    entries.push_back({option_name(*option), option->get_description()});
  }
  if (entries.empty()) return {};
  return "\n" + help_section(heading, entries, kMeaningAt, style);
}

std::string help_command(const CommandContext& context) {
  return fmt::format("tidemark {} --help", context.command.name);
}

// CLI11 speaks in its own terms; these are ours.
std::string sentence(const CLI::ParseError& error) {
  const std::string_view what = error.what();
  constexpr std::string_view kConversion = "Could not convert: ";
  if (what.starts_with(kConversion)) {
    const std::size_t equals = what.find(" = ");
    if (equals != std::string::npos) {
      return fmt::format("{} cannot be '{}'",
                         what.substr(kConversion.size(), equals - kConversion.size()),
                         what.substr(equals + 3));
    }
  }
  if (error.get_name() == "ArgumentMismatch" && what.starts_with("--") &&
      what.ends_with("missing")) {
    return fmt::format("{} needs a value", what.substr(0, what.find(':')));
  }
  return std::string(what);
}

}  // namespace

CommandParser::CommandParser(const CommandContext& context, std::string description)
    : context_(context),
      app_(std::make_unique<CLI::App>(std::move(description), std::string(context.command.name))),
      options_(*app_) {
  app_->set_help_flag("-h,--help", "show this help");
}

CommandParser::~CommandParser() = default;

void CommandParser::add_common_options(CommonOptions& options, const CommonChoices& choices) {
  common_ = &options;
  color_ = &options.color;
  tidemark::add_common_options(options_, options, choices);
}

void CommandParser::add_color_option(ColorMode& color) {
  color_ = &color;
  tidemark::add_color_option(options_, color);
}

void CommandParser::example(std::string command_line, std::string explanation) {
  examples_.push_back({std::move(command_line), std::move(explanation)});
}

void CommandParser::note(std::string paragraph) { notes_.push_back(std::move(paragraph)); }

std::string CommandParser::help(bool color) const {
  const TextStyle style(color);
  const std::string_view arguments = context_.command.arguments;
  std::string out = fmt::format("{} tidemark {} [OPTIONS]{}{}\n\n", style.bold("Usage:"),
                                context_.command.name, arguments.empty() ? "" : " ", arguments);
  out += wrap(app_->get_description());
  out += section(*app_, "Arguments:", style, [](const CLI::Option* option) {
    return option->get_positional() && !option->get_group().empty();
  });
  // Those of the command itself come first, whatever the order in which they were added.
  std::vector<std::string> groups = app_->get_groups();
  std::ranges::stable_partition(groups, [](const auto& group) { return group == "Options"; });
  for (const std::string& group : groups) {
    if (group.empty()) continue;
    out += section(*app_, group + ":", style, [&](const CLI::Option* option) {
      return !option->get_positional() && option->get_group() == group;
    });
  }
  for (const std::string& paragraph : notes_) out += "\n" + wrap(paragraph);
  if (!examples_.empty()) out += "\n" + style.bold("Examples:") + "\n";
  for (const Example& example : examples_) {
    out += "  " + style.cyan(example.command_line) + "\n";
    out += wrap(example.explanation, {.first = "      ", .hanging = "      "});
  }
  return out + "\n" + exit_code_help(style);
}

std::optional<int> CommandParser::parse() {
  // CLI11 takes them from the back.
  std::vector<std::string> reversed(context_.arguments.rbegin(), context_.arguments.rend());
  try {
    app_->parse(reversed);
    if (color_ != nullptr) context_.messages.color = *color_;
    if (common_ != nullptr) context_.messages.quiet = common_->quiet;
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    context_.out.write(help(wants_color(ColorMode::kAuto, STDOUT_FILENO)));
    return kExitDone;
  } catch (const CLI::ParseError& error) {
    return explain(sentence(error));
  }
}

int CommandParser::explain(const std::string& sentence) const {
  // A mistyped option often leaves something else missing: it is the first thing to say.
  std::vector<std::string> extras = app_->remaining();
  extras.erase(std::ranges::find(extras, "--"), extras.end());  // what follows is not ours
  for (const std::string& extra : extras) {
    if (extra.starts_with("-")) return explain_extra(extra);
  }
  if (!extras.empty()) return explain_extra(extras.front());
  return usage_error(sentence);
}

int CommandParser::explain_extra(const std::string& argument) const {
  if (!argument.starts_with("-")) {
    return usage_error(fmt::format("unexpected argument '{}'", argument));
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : app_->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return usage_error(fmt::format("unknown option '{}'", argument),
                     nearest(argument.substr(0, argument.find('=')), candidates));
}

int CommandParser::usage_error(std::string message, std::string_view suggestion) const {
  std::string hint = fmt::format("`{}` lists what there is", help_command(context_));
  if (!suggestion.empty()) hint = fmt::format("did you mean '{}'? {}", suggestion, hint);
  return context_.messages.give_up(
      {.code = ErrorCode::kUsage,
       .message = fmt::format("{}: {}", context_.command.name, message),
       .file = {},
       .offset = {},
       .hint = std::move(hint)});
}

}  // namespace tidemark
