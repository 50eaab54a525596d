#include "report/retainers_text.h"

#include <fmt/format.h>

#include "base/units.h"
#include "report/path_text.h"
#include "report/safe_text.h"
#include "report/summary_words.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {

using summary_words::bytes_text;
using summary_words::count_text;

namespace {

// The beginning of a string's text, where the dump has it.
std::string text_line(const RetainersAnswer& answer) {
  if (!answer.text) return {};
  return wrap(fmt::format("Text: {}{}", safe_text(*answer.text), answer.text_is_whole ? "" : "…"));
}

std::string heading(const RetainersAnswer& answer, const TextStyle& style) {
  std::string out = style.bold(safe_text(answer.object.object)) + "  " +
                    answer.object.address.value_or("") + "  " + safe_text(answer.type);
  if (answer.of) {
    out += fmt::format("  (of {} objects of this class the one that retains most)",
                       count_text(*answer.of));
  }
  out += "\n";
  std::string facts = fmt::format("{} by itself, keeps {} alive", bytes_text(answer.bytes),
                                  bytes_text(answer.retained_bytes));
  if (answer.place) {
    facts += (answer.place_is_code ? ", defined at " : ", allocated at ") +
             safe_text(answer.place->site);
  }
  if (answer.generation) facts += fmt::format(", generation {}", *answer.generation);
  if (answer.distance) {
    facts += fmt::format(", {} from the program's roots (DevTools' distance)",
                         plural(static_cast<std::uint64_t>(*answer.distance), "step"));
  }
  return out + wrap(facts + ".") + text_line(answer);
}

std::string paths_section(const RetainersAnswer& answer, const TextStyle& style) {
  std::string out = "\n" + style.bold("Held by") + " (from a root; the shortest first)\n";
  std::size_t number = 0;
  for (const RetainingPath& path : answer.paths) {
    std::string note;
    if (path.paths > 1) note = fmt::format("  {} paths like this", count_text(path.paths));
    if (path.conservative) note += "  found on the stack; may be by accident";
    out += fmt::format(" {}.{}\n", ++number, style.dim(note));
    out += path_lines(path.steps, "    ");
  }
  if (answer.only_through_classes) {
    out += " There is no path but through the class of an instance.\n";
  }
  if (answer.search_limited) {
    out += " The search was stopped at its limit: there may be further paths.\n";
  }
  return out;
}

std::string dominators_section(const RetainersAnswer& answer, const TextStyle& style) {
  std::string out =
      "\n" + style.bold("Dominators") + " (every path passes these; cut one and it goes)\n";
  Table table({number_column("RETAINED"), name_column("OBJECT"), text_column("ADDRESS")});
  bool first = true;
  for (const Dominator& dominator : answer.dominators) {
    // The root dominates everything; the first row would say nothing else.
    if (!std::exchange(first, false)) {
      table.add_row({bytes_text(dominator.retained_bytes), safe_text(dominator.object.object),
                     dominator.object.address.value_or("")});
    }
  }
  return out + table.print(style);
}

std::string referrers_section(const RetainersAnswer& answer, std::size_t limit,
                              const TextStyle& style) {
  std::string out = "\n" + style.bold("Referrers") +
                    fmt::format(" ({} from {})\n", plural(answer.references, "reference"),
                                plural(answer.referring_objects, "object"));
  Table table(
      {number_column("OBJECTS"), name_column("OF"), text_column("AS"), text_column("EXAMPLE")});
  std::size_t listed = 0;
  for (const Referrer& referrer : answer.referrers) {
    if (listed++ == limit) break;
    table.add_row({count_text(referrer.objects), safe_text(referrer.class_name),
                   safe_text(referrer.as), referrer.example.value_or("")});
  }
  out += table.print(style);
  if (answer.referrers.size() > limit) {
    out += fmt::format(" ... and {} (--limit 0 shows all)\n",
                       plural(answer.referrers.size() - limit, "further group"));
  }
  return out;
}

}  // namespace

std::string retainers_text(const RetainersAnswer& answer, std::size_t limit,
                           const TextStyle& style) {
  std::string out = heading(answer, style);
  if (!answer.reachable) {
    out += "\nNothing holds it: no root reaches it, and the next garbage collection frees it.\n";
  } else {
    out += paths_section(answer, style);
    out += dominators_section(answer, style);
  }
  return out + referrers_section(answer, limit, style);
}

}  // namespace tidemark
