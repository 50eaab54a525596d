#include "report/suspects_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/heaviest_path.h"
#include "answers/heap/advice.h"
#include "answers/heap/source_lines.h"
#include "base/units.h"
#include "report/json_writer.h"
#include "report/node_text.h"
#include "report/safe_text.h"
#include "report/summary_words.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {

using summary_words::bytes_text;
using summary_words::count_text;

namespace {

constexpr std::array<std::string_view, 6> kJudgementNames = {
    "grows", "survivors-of-every-age", "held", "level", "bounded", "made-once"};
constexpr std::array<std::string_view, 5> kKindNames = {"collection", "chain", "large-object",
                                                        "scattered", "detached"};

bool level(const Suspect& suspect) {
  return !suspect.counts.empty() && suspect.counts.front() == suspect.counts.back();
}

}  // namespace

SuspectsReport::SuspectsReport(const SuspectReport& found, const HeapGraph& graph,
                               const Dominators& dominators, SuspectsReportOptions options)
    : found_(found), graph_(graph), dominators_(dominators), options_(std::move(options)) {}

std::string SuspectsReport::share(std::uint64_t bytes) const {
  return format_percent(static_cast<double>(bytes),
                        static_cast<double>(dominators_.reachable_bytes - found_.overhead_bytes)) +
         " of the heap";
}

std::string SuspectsReport::member_name(const Suspect& suspect) const {
  if (!suspect.member_class.valid()) return node_text(graph_, suspect.holder.value);
  std::string name = safe_text(graph_.words->class_name(suspect.member_class));
  if (!graph_.numbered) return name;
  const std::string example = node_text(graph_, suspect.example);
  if (example.starts_with(name + " of ")) return example;  // which timers these are
  const bool one_place = suspect.sites.size() == 1 && suspect.also.empty();
  if (one_place && graph_.kind_name(suspect.example) == "closure") name += " " + example;
  return name;
}

std::string SuspectsReport::holder_name(const Suspect& suspect) const {
  // A collection's own table is no name that a developer knows: the collection is.
  std::uint32_t holder = suspect.holder.value;
  for (std::size_t i = suspect.path.size(); graph_.numbered && i-- > 1;) {
    holder = suspect.path[i];
    if (graph_.role(holder) != Role::kInternal) break;
  }
  return node_text(graph_, holder);
}

std::string SuspectsReport::counts(const Suspect& suspect) const {
  std::string text;
  for (const std::uint64_t count : suspect.counts) {
    text += (text.empty() ? "" : " → ") + count_text(count);
  }
  return text;
}

std::string SuspectsReport::headline(const TextStyle& style) const {
  const bool several = options_.names.size() > 1;
  std::string out = style.bold(plural(options_.names.size(), "dump"));
  out += fmt::format("{} {} in {} reachable", several ? "; the last has" : ":",
                     bytes_text(dominators_.reachable_bytes - found_.overhead_bytes),
                     plural(dominators_.reachable_count - graph_.first_object, "object"));
  if (found_.overhead_bytes > 0) {
    out += fmt::format(" (and {} of allocation tracing itself)", bytes_text(found_.overhead_bytes));
  }
  out += ".";
  if (found_.suspects.empty()) {
    out += several ? " No place in it holds more at each dump than at the one before."
                   : " No single place holds much of it.";
  } else if (several) {
    out += fmt::format(" {} more at each dump; the largest growth first.",
                       found_.suspects.size() == 1
                           ? "1 place holds"
                           : plural(found_.suspects.size(), "place") + " hold");
  } else if (graph_.report.traced_objects == 0) {
    out +=
        " One dump without allocation tracing shows what is large, not what grows: two or three "
        "dumps of the same process tell.";
  }
  if (found_.minor > 0) {
    out += fmt::format(" {} that gained next to nothing {} left out.",
                       plural(found_.minor, "place"), found_.minor == 1 ? "is" : "are");
  }
  return wrap(out);
}

std::string SuspectsReport::title(const Suspect& suspect) const {
  const std::string name = member_name(suspect);
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

std::string SuspectsReport::evidence(const Suspect& suspect) const {
  std::string text;
  if (suspect.judgement == Judgement::kGrows) {
    text = fmt::format(
        "With what they keep, {} more than in the first dump",
        bytes_text(static_cast<std::uint64_t>(std::max<std::int64_t>(0, suspect.growth()))));
    if (!options_.hours.empty()) {
      text += fmt::format(", {} an hour",
                          format_bytes(std::llround(static_cast<double>(suspect.growth()) /
                                                    options_.hours.back())));
    }
    text += ".";
  }
  switch (suspect.ages.pattern()) {
    case AgePattern::kEveryAge:
      text +=
          " They were allocated all along, up to now, and none is let go: a bounded cache "
          "would hold young ones only.";
      break;
    default:
      break;
  }
  if (!suspect.also.empty()) {
    text += " In the same place grow";
    for (std::size_t i = 0; i < suspect.also.size() && i < 4; ++i) {
      text += (i > 0 ? ", " : " ") + safe_text(graph_.words->class_name(suspect.also[i]));
    }
    text += ".";
  }
  return text;
}

std::string SuspectsReport::holding(const Suspect& suspect) const {
  if (suspect.kind == SuspectKind::kLarge) return {};
  if (!suspect.holder.valid()) {
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

std::string SuspectsReport::fix(const Suspect& suspect) const {
  std::string text =
      fmt::format("A fix frees {} ({})", bytes_text(suspect.retained), share(suspect.retained));
  if (suspect.retained_at_least < suspect.retained / 20 * 19) {
    text += fmt::format("; each member by itself keeps its own part alive, {} in all",
                        bytes_text(suspect.retained_at_least));
  }
  return text + ".";
}

std::string SuspectsReport::places(const Suspect& suspect, const TextStyle& style) const {
  std::string out;
  const auto line = [&](std::string_view what, SiteId site) {
    const Site where = graph_.words->site(site);
    const std::string code = options_.source_lines
                                 ? source_line(graph_.words->text(where.file), where.line)
                                 : std::string();
    const std::string label =
        shorten(safe_text(graph_.words->site_label(site)), 46, Shorten::kFront);
    std::string text = fmt::format("    {:<16}{}", what, style.yellow(label));
    if (!code.empty()) text += "   " + style.dim(shorten(safe_text(code), 34));
    out += text + "\n";
  };
  constexpr std::size_t kShown = 2;
  for (std::size_t i = 0; i < suspect.sites.size() && i < kShown; ++i) {
    // A class that is made in many places says less than the first of them.
    if (i > 0 && suspect.sites[i].second * 10 < suspect.sites[0].second) break;
    line(i > 0                     ? "and at"
         : graph_.sites_are_code() ? "defined at"
                                   : "allocated at",
         suspect.sites[i].first);
  }
  if (suspect.holder.valid() && suspect.kind == SuspectKind::kCollection) {
    const SiteId site = graph_.site_of(suspect.holder.value);
    if (site.valid() && !graph_.sites_are_code() && !graph_.words->site_label(site).empty())
      line("holder made at", site);
  }
  return out;
}

std::string SuspectsReport::level_list(const std::vector<Suspect>& list, std::string_view heading,
                                       const TextStyle& style) const {
  if (list.empty()) return {};
  std::string out = "\n" + style.bold(heading) + "\n";
  Table table({number_column("RETAINED"), number_column("MEMBERS"), text_column("OF CLASS"),
               path_column("IN")});
  std::size_t listed = 0;
  for (const Suspect& suspect : list) {
    if (listed++ == options_.limit) break;
    const std::string number = suspect.counts.empty() || suspect.kind == SuspectKind::kChain
                                   ? count_text(suspect.members)
                               : level(suspect) ? count_text(suspect.counts.back()) + " always"
                                                : counts(suspect);
    const bool alone = suspect.kind == SuspectKind::kLarge;
    table.add_row({bytes_text(suspect.retained), alone ? "-" : number,
                   alone ? "-" : member_name(suspect), short_path_text(graph_, suspect.path)});
  }
  out += table.print(style);
  if (list.size() > options_.limit) {
    out += fmt::format(" ... and {} more (--limit 0 shows all)\n", list.size() - options_.limit);
  }
  return out;
}

std::string SuspectsReport::text(const TextStyle& style) const {
  std::string out = headline(style);
  std::size_t number = 0;
  for (const Suspect& suspect : found_.suspects) {
    if (number++ == options_.limit) {
      out += fmt::format("\n... and {} (--limit 0 shows all)\n",
                         plural(found_.suspects.size() - options_.limit, "further suspect"));
      break;
    }
    const std::string head = fmt::format("{:2}. ", number);
    out += "\n" + wrap(style.bold(title(suspect)) + "  " +
                           style.dim(fmt::format("[{}]", suspect.signature)),
                       {.first = head, .hanging = "    "});
    const WrapOptions paragraph{.first = "    ", .hanging = "    "};
    const std::string why = evidence(suspect);
    if (!why.empty()) out += wrap(why, paragraph);
    const std::string held = holding(suspect);
    if (!held.empty()) out += wrap(held, paragraph);
    out +=
        wrap(style.cyan(path_text(graph_, suspect.path)), {.first = "      ", .hanging = "      "});
    const std::vector<std::uint32_t> bulk = bulk_of(suspect);
    out += content(suspect, bulk, style);
    out += places(suspect, style);
    const std::string hint = advice(graph_, suspect, bulk);
    if (!hint.empty()) out += wrap(hint, paragraph);
    out += wrap(fix(suspect), paragraph);
  }
  out += level_list(found_.cleared, "Cleared: bounded, its members are replaced", style);
  out += level_list(
      found_.large,
      options_.names.size() > 1 ? "Cleared: large, but not growing" : "Large, but made once",
      style);
  if (!found_.suspects.empty()) {
    const Suspect& first = found_.suspects.front();
    const std::uint32_t node = first.holder.valid() ? first.holder.value : first.example;
    out += "\n" + wrap(fmt::format("Next: {} shows every way it is held.",
                                   style.cyan(fmt::format("tidemark retainers {} {}",
                                                          safe_text(options_.names.back()),
                                                          address_text(graph_, node)))));
  }
  return out;
}

// The way to the bulk of one member, where references have names that make it readable.
std::vector<std::uint32_t> SuspectsReport::bulk_of(const Suspect& suspect) const {
  if (graph_.edge_label.empty()) return {};
  return heaviest_path(graph_, dominators_, suspect.example);
}

std::string SuspectsReport::content(const Suspect& suspect, const std::vector<std::uint32_t>& path,
                                    const TextStyle& style) const {
  if (path.size() < 2) return {};
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i > 0) {
      const std::string edge = edge_text(graph_, path[i - 1], path[i]);
      text += edge.empty() || edge.starts_with("(") ? " → " : fmt::format(" → {} ", edge);
    }
    text += node_text(graph_, path[i]);
    const SiteId site = graph_.site_of(path[i]);
    if (graph_.kind_name(path[i]) == "closure" && site.valid()) {
      text += fmt::format(" [{}]", safe_text(graph_.words->site_label(site)));
    }
  }
  const std::string lead = suspect.members > 1
                               ? fmt::format("One of them keeps {}, mostly in:",
                                             bytes_text(dominators_.retained[suspect.example]))
                               : "Mostly in:";
  return wrap(lead, {.first = "    ", .hanging = "    "}) +
         wrap(style.cyan(text), {.first = "      ", .hanging = "      "});
}

void SuspectsReport::json(TextSink& sink) const {
  JsonWriter json(sink);
  json.begin_document("suspects");
  json.begin_array("dumps");
  for (const std::string& name : options_.names) json.value(name);
  json.end_array();
  json.member("reachable_bytes", dominators_.reachable_bytes);
  const auto write = [&](std::string_view key, const std::vector<Suspect>& list) {
    json.begin_array(key);
    std::size_t listed = 0;
    for (const Suspect& suspect : list) {
      if (listed++ == options_.limit) break;
      json.begin_object();
      json.member("signature", suspect.signature);
      json.member("judgement", kJudgementNames[static_cast<std::size_t>(suspect.judgement)]);
      json.member("kind", kKindNames[static_cast<std::size_t>(suspect.kind)]);
      if (suspect.member_class.valid()) {
        json.member("class", graph_.words->class_name(suspect.member_class));
      }
      json.member("members", suspect.members);
      json.member("retained_bytes", suspect.retained);
      json.member("retained_bytes_at_least", suspect.retained_at_least);
      if (suspect.holder.valid()) {
        json.begin_object("holder");
        json.member("address", address_text(graph_, suspect.holder.value));
        json.member("class", graph_.class_name(suspect.holder.value));
        json.member("site", graph_.words->site_label(graph_.site_of(suspect.holder.value)));
        json.end_object();
      }
      json.begin_array("counts");
      for (const std::uint64_t count : suspect.counts) json.value(count);
      json.end_array();
      json.begin_array("bytes");
      for (const std::uint64_t bytes : suspect.bytes) json.value(bytes);
      json.end_array();
      json.begin_array("sites");
      for (const auto& [site, count] : suspect.sites) {
        json.begin_object();
        json.member("site", graph_.words->site_label(site));
        json.member("objects", count);
        json.end_object();
      }
      json.end_array();
      json.begin_array("path");
      for (const std::uint32_t node : suspect.path) json.value(node_text(graph_, node));
      json.end_array();
      json.end_object();
    }
    json.end_array();
  };
  write("suspects", found_.suspects);
  write("cleared", found_.cleared);
  write("large", found_.large);
  json.end_document();
}

}  // namespace tidemark
