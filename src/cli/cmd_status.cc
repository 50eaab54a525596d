// `tidemark status`: what a running `tidemark run` is doing.
#include <unistd.h>

#include "answers/pool/status.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"

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

  PoolStatusRequest request{.name = name, .form = PoolStatusForm::kText};
  if (const auto form = value_for<PoolStatusForm>(format)) request.form = *form;
  if (format == "text" && wants_color(color, STDOUT_FILENO)) request.form = PoolStatusForm::kColor;
  const auto said = ask_pools(request);
  if (!said) return context.messages.give_up(said.error());
  if (said->size() > 1 && format == "json") {
    std::string pools;
    for (const PoolSaid& one : *said) pools += (pools.empty() ? "" : ", ") + one.pool;
    return parser.usage_error("several run: " + pools, "name one");
  }
  for (std::size_t i = 0; i < said->size(); ++i) {
    context.out.write((i > 0 ? "\n" : "") + (*said)[i].text);
  }
  return kExitDone;
}

}  // namespace tidemark
