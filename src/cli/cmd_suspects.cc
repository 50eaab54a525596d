// `tidemark suspects`: what probably leaks, who holds it, what a fix frees.
#include <fmt/format.h>

#include <optional>

#include "analysis/dominators.h"
#include "analysis/path_growth.h"
#include "analysis/suspects.h"
#include "answers/heap/dump_times.h"
#include "answers/heap/each_heap.h"
#include "answers/heap/open_heap.h"
#include "cli/clock_times.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "report/suspects_report.h"

namespace tidemark {
namespace {

struct SuspectsArguments {
  std::vector<std::string> dumps;
  std::vector<std::string> at;
  bool source_lines = true;
  CommonOptions common;
};

Result<void> expect_roots(const HeapGraph& graph, const std::string& name) {
  if (graph.report.has_roots) return {};
  return std::unexpected(Error{.code = ErrorCode::kUnsupported,
                               .message = "a dump without ROOT records cannot say who holds what",
                               .file = name,
                               .offset = {},
                               .hint = "take a whole dump: ObjectSpace.dump_all without since:"});
}

int print_suspects(const CommandContext& context, const SuspectsArguments& arguments,
                   const HeapGraph& graph, const Dominators& dominators, const PathGrowth* growth,
                   std::vector<std::string> names, std::vector<double> hours, Monitor& monitor) {
  monitor.begin_phase("finding suspects", 0);
  const auto found = find_suspects(graph, dominators, growth, monitor);
  if (!found) return context.messages.give_up(found.error());
  const SuspectsReport report(*found, graph, dominators,
                              {.names = std::move(names),
                               .hours = std::move(hours),
                               .limit = arguments.common.limit,
                               .source_lines = arguments.source_lines});
  if (arguments.common.format == OutputFormat::kJson) {
    report.json(context.out);
  } else {
    context.out.write(report.text(arguments.common.style()));
  }
  return kExitDone;
}

int suspects_of_one(const CommandContext& context, const SuspectsArguments& arguments,
                    Monitor& monitor) {
  auto heap = open_heap(
      arguments.dumps.front(),
      {.load = {.strict = arguments.common.read.strict, .threads = arguments.common.read.threads},
       .use_index = arguments.common.read.use_index},
      monitor);
  if (!heap) return context.messages.give_up(heap.error());
  context.messages.notices(heap->notices);
  if (const auto roots = expect_roots(heap->graph, heap->name); !roots) {
    return context.messages.give_up(roots.error());
  }
  return print_suspects(context, arguments, heap->graph, heap->dominators, nullptr, {heap->name},
                        {}, monitor);
}

int suspects_of_several(const CommandContext& context, const SuspectsArguments& arguments,
                        Monitor& monitor) {
  PathGrowth growth;
  std::vector<std::string> names;
  std::vector<std::int64_t> times;
  std::optional<HeapGraph> last;
  Dominators dominators;
  const auto read = for_each_heap(
      arguments.dumps, std::make_shared<Vocabulary>(), monitor,
      [&](bool) {
        return LoadOptions{.name_holders = false,
                           .strict = arguments.common.read.strict,
                           .threads = arguments.common.read.threads};
      },
      [&](NamedHeap&& heap, bool is_last) -> Result<void> {
        context.messages.notices(heap.notices);
        // Without roots no path leads anywhere, and all that the next dump holds would have grown.
        if (auto roots = expect_roots(heap.graph, heap.name); !roots) return roots;
        names.push_back(heap.name);
        times.push_back(heap.graph.report.time_ns);
        if (is_last) {
          // Dominators first: they need the most memory while they are made.
          monitor.begin_phase("finding dominators", 0);
          auto computed = compute_dominators(heap.graph, monitor);
          if (!computed) return std::unexpected(computed.error());
          dominators = std::move(*computed);
        }
        monitor.begin_phase("following paths", 0);
        auto added = growth.add(heap.graph, monitor);
        if (is_last) {
          last = std::move(heap.graph);
        } else {
          growth.forget_paths();
        }
        return added;
      });
  if (!read) return context.messages.give_up(read.error());
  const auto hours =
      dump_times(parse_clock_times(arguments.at).value_or(std::vector<double>()), times);
  if (!hours) return context.messages.give_up(hours.error());
  return print_suspects(context, arguments, *last, dominators, names.size() > 1 ? &growth : nullptr,
                        names, hours->hours, monitor);
}

}  // namespace

int run_suspects(const CommandContext& context) {
  CommandParser parser(
      context,
      "Ranked suspects in sentences: what grew or is held, by what, where it was allocated, and "
      "how "
      "much goes if it is fixed. With several dumps a suspect is a place that holds more at each; "
      "they may come from different runs of the app. With one dump, it is what retains most.");
  SuspectsArguments arguments;
  Options& app = parser.options();
  app.add_option("DUMP", arguments.dumps,
                 "heap dumps in the order of time, or - for standard input")
      .required();
  app.add_option("--at", arguments.at,
                 "when each dump was taken: 14:00,14:20,15:10 or 2026-01-31T14:00,... (else the "
                 "files' times)")
      .delimiter(',')
      .one_value_each()
      .check(clock_time())
      .option_text("TIMES");
  app.add_flag("!--no-source", arguments.source_lines,
               "do not show the line of code where its file is at hand");
  parser.add_common_options(arguments.common, {.default_limit = 5});
  parser.example("tidemark suspects 1.json 2.json 3.json", "what grew at every step");
  parser.example("tidemark suspects heap.json.gz", "what one dump can tell");
  if (const auto exit_code = parser.parse()) return *exit_code;
  TerminalMonitor monitor(arguments.common.progress);
  const bool one = arguments.dumps.size() == 1 && arguments.dumps.front() != "-";
  return one ? suspects_of_one(context, arguments, monitor)
             : suspects_of_several(context, arguments, monitor);
}

}  // namespace tidemark
