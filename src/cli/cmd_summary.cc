// `tidemark summary`: what is in a heap dump.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "analysis/summary.h"
#include "answers/heap/open_heap.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "report/summary_report.h"

namespace tidemark {
namespace {

struct SummaryArguments {
  std::string dump;
  std::string by;
  std::string sort;
  std::string filter;
  bool contents = true;
  bool data_only = false;
  bool limit_given = false;
  CommonOptions common;
};

SummaryReportOptions report_options(const SummaryArguments& arguments, const std::string& name) {
  static constexpr std::array<std::string_view, 3> kSorts = {"count", "bytes", "retained"};
  SummaryReportOptions options;
  options.name = name;
  if (arguments.dump != "-") options.path = arguments.dump;
  if (!arguments.by.empty()) options.by = dimension_named(arguments.by);
  const auto sort = std::ranges::find(kSorts, arguments.sort);
  if (sort != kSorts.end()) options.sort = static_cast<SummarySort>(sort - kSorts.begin());
  if (arguments.limit_given) options.limit = arguments.common.limit;
  options.filter = arguments.filter;
  options.contents = arguments.contents;
  options.data_only = arguments.data_only;
  return options;
}

int summarise_dump(const CommandContext& context, const SummaryArguments& arguments) {
  const CommonOptions& common = arguments.common;
  TerminalMonitor monitor(common.progress);
  SummaryOptions options;
  options.threads = common.read.threads;
  options.largest = std::min<std::size_t>(common.limit, 100'000);
  const auto by = arguments.by.empty() ? std::nullopt : dimension_named(arguments.by);
  if (by) options.dimensions = {*by};
  if (by == Dimension::kGeneration) options.dimensions.clear();
  std::optional<HeapScan> scan;
  CollectionWaste collections;
  const auto heap = open_heap(arguments.dump,
                              {.load = {.duplicates = arguments.by.empty(),
                                        .strict = common.read.strict,
                                        .threads = common.read.threads},
                               .use_index = common.read.use_index,
                               .beside =
                                   [&](const HeapGraph& graph) {
                                     scan.emplace(graph, options, monitor);
                                     if (arguments.by.empty()) {
                                       collections = find_collection_waste(graph);
                                     }
                                   }},
                              monitor);
  if (!heap) return context.messages.give_up(heap.error());
  context.messages.notices(heap->notices);
  const Dominators* dominators = heap->graph.report.has_roots ? &heap->dominators : nullptr;
  auto summary = summarise(heap->graph, dominators, options, monitor, std::move(*scan));
  if (!summary) return context.messages.give_up(summary.error());
  summary->collections = std::move(collections);
  const SummaryReport pages(heap->graph, dominators, *summary,
                            report_options(arguments, heap->name));
  switch (common.format) {
    case OutputFormat::kText:
      context.out.write(pages.text(common.style()));
      break;
    case OutputFormat::kJson:
      pages.json(context.out);
      break;
    case OutputFormat::kCsv:
      pages.csv(context.out);
      break;
  }
  return kExitDone;
}

void add_options(CommandParser& parser, SummaryArguments& arguments) {
  Options& app = parser.options();
  app.add_option("DUMP", arguments.dump, "a heap dump, or - for standard input").required();
  app.add_option("--by", arguments.by,
                 "one full table: by site, class, type, gem, method, file or generation")
      .check(one_of(std::vector<std::string>(kDimensionNames.begin(), kDimensionNames.end())))
      .option_text("WHAT");
  app.add_option("--sort", arguments.sort, "order by count, bytes or retained (default: retained)")
      .check(one_of({"count", "bytes", "retained"}))
      .option_text("BY");
  app.add_option("--filter", arguments.filter, "only groups whose class or place contains TEXT")
      .option_text("TEXT");
  app.add_flag("--data", arguments.data_only,
               "leave out classes, code and the VM's own objects; the first screen does");
  app.add_flag("!--no-contents", arguments.contents, "show no text of strings");
  parser.add_common_options(
      arguments.common, {.formats = {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kCsv},
                         .default_limit = 20});
}

}  // namespace

int run_summary(const CommandContext& context) {
  CommandParser parser(
      context,
      "What is in a heap dump: which classes, allocation sites and packages its memory belongs to, "
      "what they keep alive, how old it is, and what is garbage or there twice.");
  SummaryArguments arguments;
  add_options(parser, arguments);
  parser.note(
      "RETAINED is what a group keeps alive: what would be freed if all of it went. BYTES is "
      "Ruby's memsize of the objects themselves; the process as a whole takes more.");
  parser.example("tidemark summary heap.json", "the first screen");
  parser.example("tidemark summary --by site --filter app/ heap.json.zst",
                 "every line under app/ that allocated what is there");
  parser.example("tidemark summary --by gem --format csv --limit 0 heap.json > gems.csv",
                 "all packages, for a spreadsheet");
  if (const auto exit_code = parser.parse()) return *exit_code;
  arguments.limit_given = parser.options().count("--limit") > 0;
  if (arguments.common.format == OutputFormat::kCsv && arguments.by.empty()) {
    return parser.usage_error("--format csv is one table: say which one with --by");
  }
  if (arguments.by == "generation" && !(arguments.filter.empty() && arguments.sort.empty())) {
    return parser.usage_error("generations stand in the order of time: no --sort, no --filter");
  }
  return summarise_dump(context, arguments);
}

}  // namespace tidemark
