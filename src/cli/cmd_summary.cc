// `tidemark summary`: what is in a heap dump.
#include <string>
#include <vector>

#include "answers/heap/summary.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "report/csv_document.h"
#include "report/json_document.h"
#include "report/summary_text.h"

namespace tidemark {
namespace {

struct SummaryArguments {
  SummaryRequest request;
  std::string by;
  std::string sort;
  bool limit_given = false;
  CommonOptions common;
};

// --format csv is one table.
void write_table(TextSink& out, const SummaryAnswer& found, std::size_t limit) {
  if (found.by.front() == Dimension::kGeneration) {
    write_csv(out, age_bins(found.ages.value_or(Ages()), limit));
  } else {
    write_csv(out, found.groups.of(found.by.front())->rows, limit);
  }
}

void show(const CommandContext& context, const SummaryArguments& arguments,
          const SummaryAnswer& found) {
  const CommonOptions& common = arguments.common;
  SummaryTextOptions options;
  if (arguments.limit_given) options.limit = common.limit;
  if (arguments.request.dump != "-") options.path = arguments.request.dump;
  switch (common.format) {
    case OutputFormat::kText:
      context.out.write(summary_text(found, options, common.style()));
      break;
    case OutputFormat::kJson:
      write_json(context.out, found, common.limit);
      break;
    case OutputFormat::kCsv:
      write_table(context.out, found, common.limit);
      break;
  }
}

int summarise_dump(const CommandContext& context, SummaryArguments& arguments) {
  const CommonOptions& common = arguments.common;
  SummaryRequest& request = arguments.request;
  request.read = common.read;
  request.largest = common.limit;
  request.sort = value_for<SummarySort>(arguments.sort);
  if (const auto by = value_for<Dimension>(arguments.by)) {
    request.by = {*by};
  } else if (common.format == OutputFormat::kText) {
    request.data_only = false;  // the first screen is about data in any case, but for its types
  }
  TerminalMonitor monitor(common.progress);
  const auto found = answer(request, monitor);
  if (!found) return context.messages.give_up(found.error());
  context.messages.notices(found->notices);
  show(context, arguments, *found);
  return kExitDone;
}

void add_options(CommandParser& parser, SummaryArguments& arguments) {
  Options& app = parser.options();
  app.add_option("DUMP", arguments.request.dump, "a heap dump, or - for standard input").required();
  app.add_option("--by", arguments.by,
                 "one full table: by site, class, type, gem, method, file or generation")
      .check(one_of(std::vector<std::string>(kDimensionNames.begin(), kDimensionNames.end())))
      .option_text("WHAT");
  app.add_option("--sort", arguments.sort, "order by count, bytes or retained (default: retained)")
      .check(one_of({"count", "bytes", "retained"}))
      .option_text("BY");
  app.add_option("--filter", arguments.request.filter,
                 "only groups whose class or place contains TEXT")
      .option_text("TEXT");
  app.add_flag("--data", arguments.request.data_only,
               "leave out classes, code and the VM's own objects; the first screen does");
  app.add_flag("!--no-contents", arguments.request.contents, "show no text of strings");
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
  if (arguments.by == "generation" &&
      !(arguments.request.filter.empty() && arguments.sort.empty())) {
    return parser.usage_error("generations stand in the order of time: no --sort, no --filter");
  }
  return summarise_dump(context, arguments);
}

}  // namespace tidemark
