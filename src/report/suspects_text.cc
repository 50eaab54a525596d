#include "report/suspects_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

constexpr std::string_view kIndent = "    ";
constexpr std::string_view kDeepIndent = "      ";

std::string paragraph(const std::string& text, std::string_view indent = kIndent) {
  return wrap(text, {.first = std::string(indent), .hanging = std::string(indent)});
}

bool is_level(const SuspectAnswer& suspect) {
  return !suspect.counts.empty() && suspect.counts.front() == suspect.counts.back();
}

std::string counts(const SuspectAnswer& suspect) {
  std::string text;
  for (const std::uint64_t count : suspect.counts) {
    text += (text.empty() ? "" : " → ") + count_text(count);
  }
  return text;
}

std::string holder_name(const SuspectAnswer& suspect) {
  return suspect.holder ? safe_text(suspect.holder->name) : std::string();
}

std::string headline(const SuspectsAnswer& answer, const TextStyle& style) {
  const bool several = answer.dumps.size() > 1;
  std::string out = style.bold(plural(answer.dumps.size(), "dump"));
  out += fmt::format("{} {} in {} reachable", several ? "; the last has" : ":",
                     bytes_text(answer.reachable_bytes - answer.tracing_bytes),
                     plural(answer.reachable_objects, "object"));
  if (answer.tracing_bytes > 0) {
    out += fmt::format(" (and {} of allocation tracing itself)", bytes_text(answer.tracing_bytes));
  }
  out += ".";
  if (answer.suspects.empty()) {
    out += several ? " No place in it holds more at each dump than at the one before."
                   : " No single place holds much of it.";
  } else if (several) {
    out += fmt::format(" {} more at each dump; the largest growth first.",
                       answer.suspects.size() == 1
                           ? "1 place holds"
                           : plural(answer.suspects.size(), "place") + " hold");
  } else if (!answer.traced) {
    out +=
        " One dump without allocation tracing shows what is large, not what grows: two or three "
        "dumps of the same process tell.";
  }
  if (answer.minor > 0) {
    out += fmt::format(" {} that gained next to nothing {} left out.",
                       plural(answer.minor, "place"), answer.minor == 1 ? "is" : "are");
  }
  return wrap(out);
}

std::string title(const SuspectAnswer& suspect) {
  const std::string name = safe_text(suspect.name);
  switch (suspect.judgement) {
    case Judgement::kGrows:
      return fmt::format("{}: {}, more at each dump", name, counts(suspect));
    case Judgement::kEveryAge:
      return fmt::format("{}: {} kept, of every age", name, count_text(suspect.members));
    default:
      break;
  }
  if (suspect.kind == SuspectKind::kLarge) return name + ", large by itself";
  if (suspect.kind == SuspectKind::kDetached) {
    return fmt::format("Detached DOM nodes: {} that no page shows, the largest a {}",
                       count_text(suspect.members), name);
  }
  if (suspect.kind == SuspectKind::kChain) {
    return fmt::format("{}: a list of {}", name, count_text(suspect.members));
  }
  return fmt::format("{}: {} in one {}", name, count_text(suspect.members), holder_name(suspect));
}

std::string evidence(const SuspectAnswer& suspect) {
  std::string text;
  if (suspect.judgement == Judgement::kGrows) {
    text = fmt::format("With what they keep, {} more than in the first dump",
                       format_bytes(std::max<std::int64_t>(0, suspect.growth_bytes.value_or(0))));
    if (suspect.growth_bytes_per_hour) {
      text +=
          fmt::format(", {} an hour", format_bytes(std::llround(*suspect.growth_bytes_per_hour)));
    }
    text += ".";
  }
  if (suspect.ages == AgePattern::kEveryAge) {
    text +=
        " They were allocated all along, up to now, and none is let go: a bounded cache would hold "
        "young ones only.";
  }
  if (!suspect.also.empty()) {
    text += " In the same place grow";
    for (std::size_t i = 0; i < suspect.also.size() && i < 4; ++i) {
      text += (i > 0 ? ", " : " ") + safe_text(suspect.also[i]);
    }
    text += ".";
  }
  return text;
}

std::string holding(const SuspectAnswer& suspect) {
  if (suspect.kind == SuspectKind::kLarge) return {};
  if (!suspect.holder) {
    return fmt::format("{} are held from several places; one of them:",
                       count_text(suspect.members));
  }
  if (suspect.kind == SuspectKind::kChain) return "The list hangs from:";
  // Where others grow in the same place, they are among its members, but not "of them".
  const bool several = !suspect.also.empty() && !suspect.counts.empty();
  const std::uint64_t members =
      several ? std::min(suspect.members, suspect.counts.back()) : suspect.members;
  return fmt::format(
      "{} held by one {}:", members == 1 ? "It is" : count_text(members) + " of them are",
      holder_name(suspect));
}

std::string content(const SuspectAnswer& suspect, const TextStyle& style) {
  const std::vector<PathStep>& path = suspect.content;
  if (path.size() < 2) return {};
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i > 0) {
      const std::string edge = safe_text(path[i].edge.value_or(""));
      text += edge.empty() || edge.starts_with("(") ? " → " : fmt::format(" → {} ", edge);
    }
    text += safe_text(path[i].object);
    if (path[i].type == "closure" && path[i].site) {
      text += fmt::format(" [{}]", safe_text(*path[i].site));
    }
  }
  const std::string lead = suspect.members > 1 ? fmt::format("One of them keeps {}, mostly in:",
                                                             bytes_text(suspect.content_bytes))
                                               : "Mostly in:";
  return paragraph(lead) + paragraph(style.cyan(text), kDeepIndent);
}

std::string place_line(std::string_view what, const CodePlace& place, const TextStyle& style) {
  const std::string label = shorten(safe_text(place.site), 46, Shorten::kFront);
  std::string text = fmt::format("    {:<16}{}", what, style.yellow(label));
  if (place.source) text += "   " + style.dim(shorten(safe_text(*place.source), 34));
  return text + "\n";
}

std::string places(const SuspectAnswer& suspect, bool are_code, const TextStyle& style) {
  std::string out;
  constexpr std::size_t kShown = 2;
  for (std::size_t i = 0; i < suspect.places.size() && i < kShown; ++i) {
    // A class that is made in many places says less than the first of them.
    if (i > 0 && suspect.places[i].objects * 10 < suspect.places[0].objects) break;
    const std::string_view what = i > 0 ? "and at" : are_code ? "defined at" : "allocated at";
    out += place_line(what, suspect.places[i].place, style);
  }
  const bool collection = suspect.holder && suspect.kind == SuspectKind::kCollection;
  if (collection && suspect.holder->made && !are_code) {
    out += place_line("holder made at", *suspect.holder->made, style);
  }
  return out;
}

std::string fix(const SuspectAnswer& suspect, const SuspectsAnswer& answer) {
  std::string text = fmt::format(
      "A fix frees {} ({} of the heap)", bytes_text(suspect.retained_bytes),
      format_percent(static_cast<double>(suspect.retained_bytes),
                     static_cast<double>(answer.reachable_bytes - answer.tracing_bytes)));
  if (suspect.retained_bytes_at_least < suspect.retained_bytes / 20 * 19) {
    text += fmt::format("; each member by itself keeps its own part alive, {} in all",
                        bytes_text(suspect.retained_bytes_at_least));
  }
  return text + ".";
}

std::string suspect_text(const SuspectAnswer& suspect, std::size_t number,
                         const SuspectsAnswer& answer, const TextStyle& style) {
  std::string out =
      "\n" +
      wrap(style.bold(title(suspect)) + "  " + style.dim(fmt::format("[{}]", suspect.signature)),
           {.first = fmt::format("{:2}. ", number), .hanging = std::string(kIndent)});
  if (const std::string why = evidence(suspect); !why.empty()) out += paragraph(why);
  if (const std::string held = holding(suspect); !held.empty()) out += paragraph(held);
  out += paragraph(style.cyan(path_text(suspect.path)), kDeepIndent);
  out += content(suspect, style);
  out += places(suspect, answer.places_are_code, style);
  if (suspect.advice) out += paragraph(*suspect.advice);
  return out + paragraph(fix(suspect, answer));
}

std::string level_list(const std::vector<SuspectAnswer>& list, std::string_view heading,
                       std::size_t limit, const TextStyle& style) {
  if (list.empty()) return {};
  std::string out = "\n" + style.bold(heading) + "\n";
  Table table({number_column("RETAINED"), number_column("MEMBERS"), text_column("OF CLASS"),
               path_column("IN")});
  std::size_t listed = 0;
  for (const SuspectAnswer& suspect : list) {
    if (listed++ == limit) break;
    const std::string number = suspect.counts.empty() || suspect.kind == SuspectKind::kChain
                                   ? count_text(suspect.members)
                               : is_level(suspect) ? count_text(suspect.counts.back()) + " always"
                                                   : counts(suspect);
    const bool alone = suspect.kind == SuspectKind::kLarge;
    table.add_row({bytes_text(suspect.retained_bytes), alone ? "-" : number,
                   alone ? "-" : safe_text(suspect.name), short_path_text(suspect.path)});
  }
  out += table.print(style);
  if (list.size() > limit) {
    out += fmt::format(" ... and {} more (--limit 0 shows all)\n", list.size() - limit);
  }
  return out;
}

// The way on from here, or nothing.
std::string next_step(const SuspectsAnswer& answer, const TextStyle& style) {
  if (answer.suspects.empty() || answer.dumps.empty()) return {};
  const SuspectAnswer& first = answer.suspects.front();
  const ObjectRef& object = first.holder ? first.holder->object : first.example;
  const std::string command = fmt::format(
      "tidemark retainers {} {}", safe_text(answer.dumps.back()), object.address.value_or(""));
  return "\n" + wrap(fmt::format("Next: {} shows every way it is held.", style.cyan(command)));
}

}  // namespace

std::string suspects_text(const SuspectsAnswer& answer, std::size_t limit, const TextStyle& style) {
  std::string out = headline(answer, style);
  std::size_t number = 0;
  for (const SuspectAnswer& suspect : answer.suspects) {
    if (number++ == limit) {
      out += fmt::format("\n... and {} (--limit 0 shows all)\n",
                         plural(answer.suspects.size() - limit, "further suspect"));
      break;
    }
    out += suspect_text(suspect, number, answer, style);
  }
  out += level_list(answer.cleared, "Cleared: bounded, its members are replaced", limit, style);
  out += level_list(
      answer.large,
      answer.dumps.size() > 1 ? "Cleared: large, but not growing" : "Large, but made once", limit,
      style);
  return out + next_step(answer, style);
}

}  // namespace tidemark
