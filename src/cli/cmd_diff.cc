// `tidemark diff`: what appeared between dumps and stayed.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "answers/heap/devtools_comparison.h"
#include "answers/heap/diff.h"
#include "answers/heap/three_dump_method.h"
#include "cli/clock_times.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "report/compat_text.h"
#include "report/csv_document.h"
#include "report/diff_text.h"
#include "report/json_document.h"

namespace tidemark {
namespace {

struct DiffArguments {
  DiffRequest request;
  std::string by = "site";
  std::string sort = "retained";
  std::string compat;
  std::vector<std::string> at;
  std::optional<std::uint64_t> max_growth;
  CommonOptions common;
};

int show(const CommandContext& context, const CommonOptions& common, const DiffAnswer& found) {
  switch (common.format) {
    case OutputFormat::kText:
      context.out.write(diff_text(found, common.limit, common.style()));
      break;
    case OutputFormat::kJson:
      write_json(context.out, found, common.limit);
      break;
    case OutputFormat::kCsv:
      write_csv(context.out, listed_groups(found, common.limit));
      break;
  }
  return kExitDone;
}

int show(const CommandContext& context, const CommonOptions& common, const ThreeDumpAnswer& found) {
  switch (common.format) {
    case OutputFormat::kText:
      context.out.write(three_dump_text(found));
      break;
    case OutputFormat::kJson:
      write_json(context.out, found, common.limit);
      break;
    case OutputFormat::kCsv:
      write_csv(context.out, found.leaked, common.limit);
      break;
  }
  return kExitDone;
}

int show(const CommandContext& context, const CommonOptions& common,
         const DevtoolsComparisonAnswer& found) {
  switch (common.format) {
    case OutputFormat::kText:
      context.out.write(devtools_comparison_text(found, common.style()));
      break;
    case OutputFormat::kJson:
      write_json(context.out, found, common.limit);
      break;
    case OutputFormat::kCsv:
      write_csv(context.out, found.constructors, common.limit);
      break;
  }
  return kExitDone;
}

template <class Request>
int compare_as(const CommandContext& context, const DiffArguments& arguments, Monitor& monitor) {
  const auto found =
      answer(Request{.dumps = arguments.request.dumps, .read = arguments.common.read}, monitor);
  if (!found) return context.messages.give_up(found.error());
  context.messages.notices(found->notices);
  return show(context, arguments.common, *found);
}

int compare(const CommandContext& context, DiffArguments& arguments) {
  TerminalMonitor monitor(arguments.common.progress);
  if (arguments.compat == "devtools") {
    return compare_as<DevtoolsComparisonRequest>(context, arguments, monitor);
  }
  if (!arguments.compat.empty()) {
    return compare_as<ThreeDumpRequest>(context, arguments, monitor);
  }
  DiffRequest& request = arguments.request;
  request.by = value_for<Dimension>(arguments.by).value_or(Dimension::kSite);
  request.sort = value_for<DiffSort>(arguments.sort).value_or(DiffSort::kRetained);
  request.at_seconds = parse_clock_times(arguments.at).value_or(std::vector<double>());
  request.read = arguments.common.read;
  const auto found = answer(request, monitor);
  if (!found) return context.messages.give_up(found.error());
  context.messages.notices(found->notices);
  show(context, arguments.common, *found);
  const bool above = arguments.max_growth && found->growing_bytes > *arguments.max_growth;
  return above ? kExitFound : kExitDone;
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
  app.add_option("DUMP", arguments.request.dumps,
                 "heap dumps in the order of time, or - for standard input")
      .required();
  app.add_option("--by", arguments.by,
                 "group by site, class, type, gem, method, file or generation")
      .check(one_of(std::vector<std::string>(kDimensionNames.begin(), kDimensionNames.end())))
      .option_text("WHAT");
  app.add_option("--sort", arguments.sort, "order by retained, bytes, stayed or growth")
      .check(one_of({"retained", "bytes", "stayed", "growth"}))
      .option_text("BY");
  app.add_option("--filter", arguments.request.filter,
                 "only groups whose class or place contains TEXT")
      .option_text("TEXT");
  app.add_option("--at", arguments.at,
                 "when each dump was taken: 14:00,14:20,15:10 or 2026-01-31T14:00,... (else the "
                 "files' times)")
      .delimiter(',')
      .one_value_each()
      .check(clock_time())
      .option_text("TIMES");
  app.add_option("--max-growth", arguments.max_growth, "exit with 3 when more than this grew: 3MB")
      .as_size()
      .option_text("SIZE");
  app.add_flag("!--no-retained", arguments.request.retained,
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
  return compare(context, arguments);
}

}  // namespace tidemark
