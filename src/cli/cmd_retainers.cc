// `tidemark retainers`: why an object is alive.
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "analysis/dominator_tree.h"
#include "analysis/predecessors.h"
#include "analysis/referrers.h"
#include "analysis/retaining_paths.h"
#include "analysis/v8_distances.h"
#include "answers/heap/open_heap.h"
#include "base/units.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "cli/suggest.h"
#include "heap/numbered.h"
#include "report/retainers_report.h"
#include "report/safe_text.h"

namespace tidemark {
namespace {

struct RetainersArguments {
  std::string dump;
  std::string object;
  std::size_t paths = 3;
  CommonOptions common;
};

// The object that the user means.
struct Choice {
  std::uint32_t node = 0;
  std::string how;  // empty when it was named exactly
};

std::optional<std::uint64_t> parse_address(std::string_view text) {
  std::uint64_t address = 0;
  if (text.starts_with('@')) {  // a number of V8's
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), address);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(address_of_number(address)) : std::nullopt;
  }
  if (!text.starts_with("0x")) return std::nullopt;
  const auto [end, error] =
      std::from_chars(text.data() + 2, text.data() + text.size(), address, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return address;
}

// A class's largest instance; failing instances, the class itself.
std::optional<Choice> choose_by_class(const HeapGraph& graph, const Dominators& dominators,
                                      std::string_view name) {
  std::optional<Choice> choice;
  std::uint64_t count = 0;
  for (std::uint32_t node = graph.first_object; node < graph.node_count(); ++node) {
    if (graph.class_name(node) != name) continue;
    ++count;
    const bool better = !choice || dominators.retained[node] > dominators.retained[choice->node];
    if (better) choice = Choice{.node = node, .how = {}};
  }
  if (choice && count > 1) {
    choice->how = fmt::format("of {} objects of this class the one that retains most",
                              format_count(static_cast<std::int64_t>(count)));
  }
  for (const auto& [node, own] : graph.own_names) {
    if (choice) break;
    if (graph.words->text(own) == name) choice = Choice{.node = node, .how = {}};
  }
  return choice;
}

Result<Choice> choose(const HeapGraph& graph, const Dominators& dominators,
                      const std::string& object) {
  if (const auto address = parse_address(object)) {
    const NodeId node = graph.find(*address);
    if (node.valid()) return Choice{.node = node.value, .how = {}};
    return fail(ErrorCode::kNotFound, fmt::format("there is no object at {}", object),
                "addresses are those of this dump; in another one the object may be elsewhere");
  }
  if (auto choice = choose_by_class(graph, dominators, object)) return *choice;
  std::vector<std::string> names;
  for (std::uint32_t id = 0; id < graph.words->class_count(); ++id) {
    names.emplace_back(graph.words->class_name(ClassId(id)));
  }
  std::string hint = "OBJECT is an address (0x7f...), a V8 id (@123) or the name of a class";
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string near(nearest(object, views));
  if (!near.empty()) hint = fmt::format("did you mean {}?", safe_text(near));
  return fail(ErrorCode::kNotFound, fmt::format("no object or class is called '{}'", object), hint);
}

Result<Retainers> explain(const HeapGraph& graph, const Dominators& dominators,
                          const Choice& choice, std::size_t paths, Monitor& monitor) {
  Retainers retainers;
  retainers.node = choice.node;
  retainers.chosen = choice.how;
  if (graph.texts != nullptr) retainers.distance = v8_distances(graph)[choice.node];
  monitor.begin_phase("turning references round", 0);
  const auto predecessors = find_predecessors(graph, nullptr, monitor);
  if (!predecessors) return std::unexpected(predecessors.error());
  auto referrers = find_referrers(graph, *predecessors, choice.node, monitor);
  if (!referrers) return std::unexpected(referrers.error());
  retainers.referrers = std::move(*referrers);
  if (!dominators.reachable(choice.node)) return retainers;
  monitor.begin_phase("finding paths", 0);
  auto found = find_retaining_paths(graph, *predecessors, choice.node, monitor, {.groups = paths});
  if (!found) return std::unexpected(found.error());
  retainers.paths = std::move(*found);
  retainers.dominators = dominator_path(dominators, choice.node);
  return retainers;
}

int print_retainers(const CommandContext& context, const RetainersArguments& arguments) {
  TerminalMonitor monitor(arguments.common.progress);
  const auto heap = open_heap(
      arguments.dump,
      {.load = {.strict = arguments.common.read.strict, .threads = arguments.common.read.threads},
       .use_index = arguments.common.read.use_index},
      monitor);
  if (!heap) return context.messages.give_up(heap.error());
  context.messages.notices(heap->notices);
  const auto choice = choose(heap->graph, heap->dominators, arguments.object);
  if (!choice) return context.messages.give_up(choice.error());
  const auto retainers = explain(heap->graph, heap->dominators, *choice, arguments.paths, monitor);
  if (!retainers) return context.messages.give_up(retainers.error());
  if (arguments.common.format == OutputFormat::kJson) {
    retainers_json(*retainers, heap->graph, heap->dominators, arguments.common.limit, context.out);
  } else {
    context.out.write(retainers_text(*retainers, heap->graph, heap->dominators,
                                     arguments.common.limit, arguments.common.style()));
  }
  return kExitDone;
}

}  // namespace

int run_retainers(const CommandContext& context) {
  CommandParser parser(context,
                       "Why an object is alive: the paths from the roots that hold it, what every "
                       "path passes, and who refers to it.");
  RetainersArguments arguments;
  Options& app = parser.options();
  app.add_option("DUMP", arguments.dump, "a heap dump, or - for standard input").required();
  app.add_option("OBJECT", arguments.object,
                 "an address (0x7f64b3d97578), or a class: its instance that retains most")
      .required();
  app.add_option("--paths", arguments.paths, "how many different paths to show")
      .check(whole_number(1, 1000))
      .option_text("N");
  parser.add_common_options(arguments.common, {.default_limit = 10});
  parser.example("tidemark retainers heap.json 0x7f64b3d97578", "an object that a report named");
  parser.example("tidemark retainers heap.json RequestAudit::Entry", "the largest of a class");
  if (const auto exit_code = parser.parse()) return *exit_code;
  return print_retainers(context, arguments);
}

}  // namespace tidemark
