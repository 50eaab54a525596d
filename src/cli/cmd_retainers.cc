// `tidemark retainers`: why an object is alive.
#include <charconv>
#include <optional>

#include "answers/heap/retainers.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/show_answer.h"
#include "report/retainers_text.h"

namespace tidemark {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "0x7f64b3d97578", "@1234", or the name of a class.
decltype(RetainersRequest::object) parse_object(const std::string& text) {
  const std::string_view view(text);
  if (view.starts_with('@')) {
    if (const auto id = parse_number(view.substr(1), 10)) return RetainersRequest::Number{*id};
  }
  if (view.starts_with("0x")) {
    const auto address = parse_number(view.substr(2), 16);
    if (address) return RetainersRequest::Address{*address};
  }
  return text;
}

}  // namespace

int run_retainers(const CommandContext& context) {
  CommandParser parser(context,
                       "Why an object is alive: the paths from the roots that hold it, what every "
                       "path passes, and who refers to it.");
  RetainersRequest request;
  std::string object;
  CommonOptions common;
  Options& app = parser.options();
  app.add_option("DUMP", request.dump, "a heap dump, or - for standard input").required();
  app.add_option("OBJECT", object,
                 "an address (0x7f64b3d97578), or a class: its instance that retains most")
      .required();
  app.add_option("--paths", request.paths, "how many different paths to show")
      .check(whole_number(1, 1000))
      .option_text("N");
  parser.add_common_options(common, {.default_limit = 10});
  parser.example("tidemark retainers heap.json 0x7f64b3d97578", "an object that a report named");
  parser.example("tidemark retainers heap.json RequestAudit::Entry", "the largest of a class");
  if (const auto exit_code = parser.parse()) return *exit_code;
  request.object = parse_object(object);
  request.read = common.read;
  TerminalMonitor monitor(common.progress);
  return show(context, common, answer(request, monitor), [&](const RetainersAnswer& answered) {
    return retainers_text(answered, common.limit, common.style());
  });
}

}  // namespace tidemark
