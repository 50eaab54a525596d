// `tidemark status`: what a running `tidemark run` is doing.
#include <fmt/format.h>
#include <unistd.h>

#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "supervise/channel.h"
#include "supervise/run_pool.h"

namespace tidemark {

int run_status(const CommandContext& context) {
  CommandParser parser(
      context,
      "Shows the workers that a running `tidemark run` keeps: memory, requests, age, "
      "queue, when a limit will be reached, and what was decided last and why.");
  std::string name;
  std::string format = "text";
  ColorMode color = ColorMode::kAuto;
  parser.options().add_option("NAME", name, "its --name, or its port (default: the one that runs)");
  parser.options()
      .add_option("--format", format, "text, json, or metrics as Prometheus reads (default: text)")
      .option_text("FORMAT")
      .check(one_of({"text", "json", "metrics"}))
      .take_last();
  parser.add_color_option(color);
  parser.example("tidemark status", "the pool that runs");
  parser.example("tidemark status 8080 --format json", "the pool of port 8080, for a script");
  if (const auto exit_code = parser.parse()) return *exit_code;

  const bool in_color = format == "text" && wants_color(color, STDOUT_FILENO);
  const std::string question = "status " + (in_color ? std::string("color") : format);
  std::vector<std::string> answers;
  std::string answered;
  for (const std::string& pool : name.empty() ? list_pools() : std::vector<std::string>{name}) {
    const auto path = find_pool(pool);
    if (!path) return context.messages.give_up(path.error());
    auto answer = ask_channel(*path, question);
    // A channel that a killed tidemark left is no pool.
    if (!answer && !name.empty()) return context.messages.give_up(answer.error());
    if (!answer) continue;
    answers.push_back(std::move(*answer));
    answered += (answered.empty() ? "" : ", ") + pool;
  }
  if (answers.empty()) {
    return context.messages.give_up(Error{.code = ErrorCode::kNotFound,
                                          .message = "no `tidemark run` of this user runs here",
                                          .file = {},
                                          .offset = {},
                                          .hint = "start one: tidemark run -- COMMAND"});
  }
  if (answers.size() > 1 && format == "json") {
    return parser.usage_error("several run: " + answered, "name one");
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    context.out.write((i > 0 ? "\n" : "") + answers[i]);
  }
  return kExitDone;
}

}  // namespace tidemark
