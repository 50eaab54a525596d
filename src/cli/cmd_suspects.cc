// `tidemark suspects`: what probably leaks, who holds it, what a fix frees.
#include "answers/heap/suspects.h"
#include "cli/clock_times.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/show_answer.h"
#include "report/suspects_text.h"

namespace tidemark {

int run_suspects(const CommandContext& context) {
  CommandParser parser(
      context,
      "Ranked suspects in sentences: what grew or is held, by what, where it was allocated, and "
      "how much goes if it is fixed. With several dumps a suspect is a place that holds more at "
      "each; they may come from different runs of the app. With one dump, it is what retains "
      "most.");
  SuspectsRequest request;
  std::vector<std::string> at;
  CommonOptions common;
  Options& app = parser.options();
  app.add_option("DUMP", request.dumps, "heap dumps in the order of time, or - for standard input")
      .required();
  app.add_option("--at", at,
                 "when each dump was taken: 14:00,14:20,15:10 or 2026-01-31T14:00,... (else the "
                 "files' times)")
      .delimiter(',')
      .one_value_each()
      .check(clock_time())
      .option_text("TIMES");
  app.add_flag("!--no-source", request.source_lines,
               "do not show the line of code where its file is at hand");
  parser.add_common_options(common, {.default_limit = 5});
  parser.example("tidemark suspects 1.json 2.json 3.json", "what grew at every step");
  parser.example("tidemark suspects heap.json.gz", "what one dump can tell");
  if (const auto exit_code = parser.parse()) return *exit_code;
  request.at_seconds = parse_clock_times(at).value_or(std::vector<double>());
  request.read = common.read;
  TerminalMonitor monitor(common.progress);
  return show(context, common, answer(request, monitor), [&](const SuspectsAnswer& answered) {
    return suspects_text(answered, common.limit, common.style());
  });
}

}  // namespace tidemark
