// `tidemark diff`: what appeared between dumps and stayed.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "analysis/diff.h"
#include "analysis/dominators.h"
#include "analysis/retained_by_group.h"
#include "analysis/three_dumps.h"
#include "answers/heap/each_heap.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/dump_times.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "report/comparison_report.h"
#include "report/diff_report.h"

namespace tidemark {
namespace {

struct DiffArguments {
  std::vector<std::string> dumps;
  std::string by = "site";
  std::string sort = "retained";
  std::string filter;
  std::string compat;
  std::vector<std::string> at;
  std::optional<std::uint64_t> max_growth;
  bool retained = true;
  CommonOptions common;
};

// Everything that one run of the comparison needs and yields.
struct Comparison {
  explicit Comparison(Dimension dimension)
      : words(std::make_shared<Vocabulary>()), grouping(*words, dimension), heaps(grouping) {}
  std::shared_ptr<Vocabulary> words;
  Grouping grouping;
  HeapComparison heaps;
  std::vector<std::string> names;
  std::vector<std::int64_t> times_ns;
  Diff diff;
};

// What the objects that stayed keep alive: for each group, and for all of them together.
Result<void> add_retained(Comparison& run, const HeapGraph& graph, const Buffer<GroupId>& stayed,
                          Monitor& monitor) {
  if (!graph.report.has_roots) return {};
  auto dominators = compute_dominators(graph, monitor);
  if (!dominators) return std::unexpected(dominators.error());
  const std::span<const GroupId> groups(stayed.data.get(), stayed.size);
  const std::vector<std::uint64_t> retained =
      retained_by_group(*dominators, groups, run.grouping.size());
  for (GroupChange& change : run.diff.groups) {
    change.stayed_retained = retained[change.group];
  }
  std::vector<GroupId> together(stayed.size, HeapComparison::kNoGroup);
  std::ranges::transform(groups, together.begin(), [](GroupId group) {
    return group == HeapComparison::kNoGroup ? group : GroupId{0};
  });
  run.diff.stayed_retained = retained_by_group(*dominators, together, 1).front();
  run.diff.has_retained = true;
  return {};
}

Result<void> take_heap(Comparison& run, NamedHeap&& heap, bool last, const DiffArguments& arguments,
                       Monitor& monitor) {
  if (run.names.size() >= HeapComparison::kMaxDumps) {
    return fail(ErrorCode::kUsage, fmt::format("more than {} dumps", HeapComparison::kMaxDumps));
  }
  monitor.begin_phase("comparing", 0);
  run.names.push_back(heap.name);
  run.times_ns.push_back(heap.graph.report.time_ns);
  HeapGraph graph = std::move(heap.graph);
  graph.extent = {};
  run.heaps.observe(graph, std::exchange(graph.addresses, {}));
  graph.site = {};
  graph.sparse_site = {};
  graph.generation = {};
  graph.content = {};
  run.heaps.connect();
  if (!last) return {};
  const Buffer<GroupId> stayed = run.heaps.stayed_groups();
  run.diff = run.heaps.finish(graph);
  if (!arguments.retained || !run.diff.comparable) return {};
  return add_retained(run, graph, stayed, monitor);
}

int run_three_dump_method(const CommandContext& context, const CommandParser& parser,
                          const DiffArguments& arguments, Monitor& monitor) {
  std::vector<Addresses> addresses;
  std::optional<HeapGraph> second;
  const auto read = for_each_heap(
      arguments.dumps, std::make_shared<Vocabulary>(), monitor,
      [&](bool) {
        return LoadOptions{.references = false,
                           .name_holders = false,
                           .every_line = true,
                           .strict = arguments.common.read.strict,
                           .threads = arguments.common.read.threads};
      },
      [&](NamedHeap&& heap, bool) -> Result<void> {
        context.messages.notices(heap.notices);
        addresses.push_back(heap.graph.addresses);
        if (addresses.size() == 2) second = std::move(heap.graph);
        return {};
      });
  if (!read) return context.messages.give_up(read.error());
  if (addresses.size() != 3) {
    return parser.usage_error(
        fmt::format("--compat detect-leaks compares three dumps, not {}", addresses.size()));
  }
  std::uint64_t content = 0;
  std::uint64_t bytes = 0;
  for (const LeakedGroup& group : three_dump_method(addresses[0], *second, addresses[2])) {
    const std::string line = group.line == 0 ? "" : fmt::format("{}", group.line);
    context.out.write(fmt::format("Leaked {} {} objects of size {}/{} at: {}:{}\n", group.count,
                                  group.type, group.content_bytes, group.bytes, group.file, line));
    content += group.content_bytes;
    bytes += group.bytes;
  }
  context.out.write(fmt::format("\n\nTotal Size: {}/{}\n", content, bytes));
  return kExitDone;
}

// Both snapshots' plain objects are called by the properties that are frequent in the later one.
int run_devtools_comparison(const CommandContext& context, const CommandParser& parser,
                            const DiffArguments& arguments, Monitor& monitor) {
  if (arguments.dumps.size() != 2) {
    return parser.usage_error(
        fmt::format("--compat devtools compares two snapshots, not {}", arguments.dumps.size()));
  }
  Comparison run(Dimension::kClass);
  const auto load = [&](const std::string& path,
                        const std::vector<Interface>* interfaces) -> Result<HeapGraph> {
    auto file = HeapFile::open(path,
                               {.content = true,
                                .strict = arguments.common.read.strict,
                                .threads = arguments.common.read.threads,
                                .interfaces = interfaces},
                               run.words, monitor);
    if (!file) return std::unexpected(file.error());
    auto graph = file->take(file->size() - 1, monitor);
    if (graph && !graph->numbered) {
      return std::unexpected(Error{.code = ErrorCode::kUnsupported,
                                   .message = "--compat devtools compares V8 heap snapshots",
                                   .file = path,
                                   .offset = {},
                                   .hint = "without it, `tidemark diff` compares Ruby's dumps"});
    }
    return graph;
  };
  const auto main = load(arguments.dumps.back(), nullptr);
  if (!main) return context.messages.give_up(main.error());
  const auto base = load(arguments.dumps.front(), &main->interfaces);
  if (!base) return context.messages.give_up(base.error());
  run.heaps.add(*base);
  run.heaps.add(*main);
  const Diff diff = run.heaps.finish(*main);
  if (!diff.comparable && !arguments.common.quiet) {
    print_warning(
        "the snapshots are of different sessions or processes: their ids mean different "
        "objects, and DevTools' comparison nothing",
        arguments.common.color);
  }
  context.out.write(comparison_report(diff, run.grouping, arguments.common.style()));
  return kExitDone;
}

int print_comparison(const CommandContext& context, const DiffArguments& arguments,
                     const Comparison& run) {
  static constexpr std::array<std::string_view, 4> kSorts = {"retained", "bytes", "stayed",
                                                             "growth"};
  DiffReportOptions options;
  options.names = run.names;
  options.sort = static_cast<DiffSort>(std::ranges::find(kSorts, arguments.sort) - kSorts.begin());
  options.limit = arguments.common.limit;
  options.filter = arguments.filter;
  auto times = dump_times(arguments.at, run.times_ns);
  if (!times) return context.messages.give_up(times.error());
  options.hours = times->hours;
  options.hours_from = times->source;
  const DiffReport report(run.diff, run.grouping, std::move(options));
  switch (arguments.common.format) {
    case OutputFormat::kText:
      context.out.write(report.text(arguments.common.style()));
      break;
    case OutputFormat::kJson:
      report.json(context.out);
      break;
    case OutputFormat::kCsv:
      report.csv(context.out);
      break;
  }
  const bool above = arguments.max_growth && report.growing_bytes() > *arguments.max_growth;
  return above ? kExitFound : kExitDone;
}

int compare(const CommandContext& context, const CommandParser& parser,
            const DiffArguments& arguments) {
  TerminalMonitor monitor(arguments.common.progress);
  if (arguments.compat == "devtools") {
    return run_devtools_comparison(context, parser, arguments, monitor);
  }
  if (!arguments.compat.empty()) {
    return run_three_dump_method(context, parser, arguments, monitor);
  }
  Comparison run(*dimension_named(arguments.by));
  const auto read = for_each_heap(
      arguments.dumps, run.words, monitor,
      [&](bool last_input) {
        return LoadOptions{.references = last_input && arguments.retained,
                           .content = true,
                           .name_holders = false,
                           .strict = arguments.common.read.strict,
                           .threads = arguments.common.read.threads};
      },
      [&](NamedHeap&& heap, bool last) {
        context.messages.notices(heap.notices);
        return take_heap(run, std::move(heap), last, arguments, monitor);
      });
  if (!read) return context.messages.give_up(read.error());
  if (run.names.size() < 2) {
    return parser.usage_error("a comparison needs two dumps or more, and there is only one",
                              "`tidemark summary DUMP` says what is in a single dump");
  }
  return print_comparison(context, arguments, run);
}

}  // namespace

int run_diff(const CommandContext& context) {
  CommandParser parser(
      context,
      "What is new in later dumps of one process and stayed, by allocation site or otherwise: what "
      "grows at each dump, and what only filled a bounded cache. Two dumps show what is new, three "
      "tell growth from churn, more make it surer.");
  DiffArguments arguments;
  Options& app = parser.options();
  app.add_option("DUMP", arguments.dumps,
                 "heap dumps in the order of time, or - for standard input")
      .required();
  app.add_option("--by", arguments.by,
                 "group by site, class, type, gem, method, file or generation")
      .check(one_of(std::vector<std::string>(kDimensionNames.begin(), kDimensionNames.end())))
      .option_text("WHAT");
  app.add_option("--sort", arguments.sort, "order by retained, bytes, stayed or growth")
      .check(one_of({"retained", "bytes", "stayed", "growth"}))
      .option_text("BY");
  app.add_option("--filter", arguments.filter, "only groups whose class or place contains TEXT")
      .option_text("TEXT");
  app.add_option("--at", arguments.at,
                 "when each dump was taken: 14:00,14:20,15:10 or 2026-01-31T14:00,... (else the "
                 "files' times)")
      .delimiter(',')
      .expected(1)
      .option_text("TIMES");
  app.add_option("--max-growth", arguments.max_growth, "exit with 3 when more than this grew: 3MB")
      .as_size()
      .option_text("SIZE");
  app.add_flag("!--no-retained", arguments.retained,
               "leave out what objects keep alive; needs less time and memory");
  app.add_option("--compat", arguments.compat,
                 "detect-leaks: print what the well-known three-dump script prints; devtools: the "
                 "comparison of two snapshots that Chrome DevTools shows")
      .check(one_of({"detect-leaks", "devtools"}))
      .option_text("TOOL");
  parser.add_common_options(
      arguments.common, {.formats = {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kCsv},
                         .default_limit = 10});
  parser.example("tidemark diff 1.json 2.json 3.json", "what grows, and what a cache holds");
  parser.example("tidemark diff --by class before.json.zst after.json.zst", "without tracing");
  parser.example("tidemark diff --by gem --format json *.json > growth.json", "for a script");
  if (const auto exit_code = parser.parse()) return *exit_code;
  return compare(context, parser, arguments);
}

}  // namespace tidemark
