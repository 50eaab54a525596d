#include "report/verdict_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ranges>
#include <string_view>

#include "base/units.h"
#include "report/safe_text.h"
#include "report/table.h"
#include "report/text_chart.h"
#include "report/wrap.h"
#include "series/clock_text.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostReports = 3;  // more series than that are a table

std::string per_hour(double value) { return format_bytes(value) + "/h"; }

std::string interval(const Estimate& estimate) {
  return fmt::format("{} ({} to {})", format_bytes(estimate.value),
                     format_bytes(std::max(estimate.low, 0.0)), format_bytes(estimate.high));
}

std::string interval_per_hour(const Estimate& estimate) {
  return fmt::format("{} ({} to {})", per_hour(estimate.value),
                     format_bytes(std::max(estimate.low, 0.0)), format_bytes(estimate.high));
}

Tint tint_of(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kLeak:
    case VerdictKind::kOvercommitted:
      return Tint::kRed;
    case VerdictKind::kBloat:
    case VerdictKind::kWarming:
      return Tint::kYellow;
    case VerdictKind::kSteady:
      return Tint::kGreen;
    default:
      return Tint::kBold;
  }
}

std::size_t settled_lives(const Verdict& verdict) {
  return static_cast<std::size_t>(
      std::count_if(verdict.lives.begin(), verdict.lives.end(),
                    [](const VerdictLife& life) { return life.pooled; }));
}

// "since deploy v212", "since the restart 3.0 h ago"; empty for a life whose begin was not seen.
std::string since(const MemorySeries& series, const Verdict& verdict) {
  const VerdictLife& life = verdict.lives.back();
  if (life.start == LifeStart::kFirstSample) return {};
  const std::string ago = format_hours((life.end - life.begin) / 3600) + " ago";
  if (life.start == LifeStart::kDeploy) {
    for (const SeriesEvent& event : std::views::reverse(series.events)) {
      if (event.kind != EventKind::kDeploy || event.time > life.begin + 600) continue;
      if (event.detail.empty() || event.detail == "deploy") break;
      return fmt::format(" since deploy {}, {}", safe_text(event.detail), ago);
    }
    return " since the deploy " + ago;
  }
  return (life.start == LifeStart::kOutOfMemory ? " since it was killed " : " since the restart ") +
         ago;
}

std::string leak_not_excluded(const Verdict& verdict) {
  if (verdict.leak_probability < 0.05) return {};
  return fmt::format(" A leak is not excluded yet ({:.0f} %).", 100 * verdict.leak_probability);
}

std::string steady_sentences(const Verdict& verdict) {
  std::string text = fmt::format("Flat at {}", format_bytes(verdict.now));
  if (verdict.flat_hours > 0.2) {
    text += fmt::format(": for the last {} nine in ten samples lie within 3 %",
                        format_hours(verdict.flat_hours));
  }
  text += ".";
  if (std::isfinite(verdict.least_leak) && verdict.least_leak > 0) {
    text += fmt::format(" No leak down to {}, the smallest that this much data could have shown.",
                        per_hour(verdict.least_leak));
  }
  if (verdict.quota > 0) {
    text += fmt::format(" That is {} of the quota of {}.",
                        format_percent(verdict.now, verdict.quota), format_bytes(verdict.quota));
  }
  return text + leak_not_excluded(verdict);
}

// Does the newest life's floor rise clearly less in its second half than in its first? Only then
// may it be said that it slows: a curve that the data does not show is the model's, not a fact.
bool slows(const Verdict& verdict) {
  std::vector<CurvePoint> newest;
  for (const CurvePoint& point : verdict.floor) {
    if (verdict.lives.empty() || point.time >= verdict.lives.back().begin) newest.push_back(point);
  }
  if (newest.size() < 8) return false;
  const std::size_t few = std::max<std::size_t>(newest.size() / 8, 1);
  const auto level = [&](std::size_t from) {
    double sum = 0;
    for (std::size_t i = from; i < from + few; ++i) sum += newest[i].bytes;
    return sum / static_cast<double>(few);
  };
  const double begin = level(0);
  const double middle = level((newest.size() - few) / 2);
  const double end = level(newest.size() - few);
  return end - middle < 0.75 * (middle - begin);
}

std::string warming_sentences(const MemorySeries& series, const Verdict& verdict) {
  const double grown = verdict.now - verdict.floor.front().bytes;
  std::string text = "Rising";
  if (verdict.lives.size() == 1 && grown > 0.02 * verdict.now) {
    text = fmt::format("Up {} in {}", format_bytes(grown), format_hours(verdict.hours));
  }
  text += since(series, verdict);
  text += slows(verdict) ? " and slowing: expect "
                         : ", at an even pace so far. If it levels off, as most do, expect ";
  text += interval(verdict.plateau);
  if (verdict.settle_hours > 0) {
    text += fmt::format(" in about {}", format_hours(verdict.settle_hours));
  }
  text += ".";
  std::string earlier;
  int shown = 0;
  for (const VerdictLife& life : verdict.lives) {
    if (&life == &verdict.lives.back() || !life.pooled || shown >= 3) continue;
    earlier += (shown++ > 0 ? ", " : "") + format_bytes(life.settled);
  }
  if (!earlier.empty()) text += fmt::format(" Earlier lives ended at {}.", earlier);
  return text + leak_not_excluded(verdict);
}

std::string leak_sentences(const MemorySeries& series, const Verdict& verdict) {
  std::string text =
      fmt::format("Growing {} beyond any warm-up", interval_per_hour(verdict.growth));
  const std::size_t pooled = settled_lives(verdict);
  if (pooled > 1) text += fmt::format(", the same in {} lives", pooled);
  text += since(series, verdict);
  if (verdict.growth_per_1000_requests) {
    text += fmt::format("; {} for each 1,000 requests",
                        format_bytes(verdict.growth_per_1000_requests->value));
  }
  text += ".";
  if (verdict.quota <= 0) {
    text += " No quota is known (--quota): it grows until something kills it.";
  } else if (verdict.hours_to_quota) {
    text += fmt::format(" The quota of {} is reached in {}.", format_bytes(verdict.quota),
                        format_hours(*verdict.hours_to_quota));
  } else {
    text += fmt::format(" It is over the quota of {} already.", format_bytes(verdict.quota));
  }
  if (verdict.out_of_memory > 0) {
    text += fmt::format(
        " Killed for memory {}.",
        verdict.out_of_memory == 1
            ? std::string("once")
            : format_count(static_cast<std::int64_t>(verdict.out_of_memory)) + " times");
  }
  return text + fmt::format(" Chance that it levels off: {:.0f} %.",
                            std::max(1.0, 100 * (1 - verdict.leak_probability)));
}

std::string overcommit_sentences(const Verdict& verdict) {
  // At even odds nobody knows; what is known is that it is too much.
  std::string text = "Not a leak: ";
  if (verdict.leak_probability >= 0.35) {
    text = "Too much whether it leaks or not: ";
  } else if (verdict.leak_probability >= 0.1) {
    text = "Probably not a leak: ";
  }
  const std::string level = (verdict.at_least ? "at least " : "") + interval(verdict.plateau);
  if (verdict.workers > 1) {
    text += fmt::format("{} workers want {} together", verdict.workers, level);
  } else {
    text += fmt::format("it settles at {}", level);
  }
  if (verdict.quota > 0) {
    text +=
        fmt::format(", {} of the quota of {}", format_percent(verdict.plateau.value, verdict.quota),
                    format_bytes(verdict.quota));
  }
  text += "." + leak_not_excluded(verdict);
  if (verdict.out_of_memory > 0) {
    text += fmt::format(" Killed for memory in {} of {} lives.", verdict.out_of_memory,
                        verdict.lives.size());
  }
  if (verdict.kills > 0) {
    text += fmt::format(
        " {} single workers were killed near the quota, so nobody has seen the "
        "plateau.",
        format_count(static_cast<std::int64_t>(verdict.kills)));
  }
  if (verdict.quota <= 0) return text;
  if (verdict.workers == 0) {
    return text + " How many workers fit? Say how many there are with --workers N.";
  }
  if (verdict.workers_fit == 0) {
    return text + fmt::format(
                      " Not even one worker fits: it alone wants {}. A larger instance is "
                      "needed.",
                      format_bytes(verdict.per_worker + verdict.shared));
  }
  return text +
         fmt::format(" One worker takes about {}: {} fit{} into 95 % of the quota, {} {} not.",
                     format_bytes(verdict.per_worker), verdict.workers_fit,
                     verdict.workers_fit == 1 ? "s" : "", verdict.workers_fit + 1,
                     verdict.workers_fit + 1 == 1 ? "does" : "do");
}

std::string bloat_sentences(const Verdict& verdict) {
  std::string text = "No trend. ";
  const std::size_t count = verdict.jumps.size();
  text += count == 1 ? "One jump: " : fmt::format("{} jumps: ", count);
  std::vector<VerdictJump> largest = verdict.jumps;
  std::stable_sort(largest.begin(), largest.end(),
                   [](const VerdictJump& a, const VerdictJump& b) { return a.bytes > b.bytes; });
  if (largest.size() > 3) largest.resize(3);
  std::stable_sort(largest.begin(), largest.end(),
                   [](const VerdictJump& a, const VerdictJump& b) { return a.time < b.time; });
  for (std::size_t i = 0; i < largest.size(); ++i) {
    const VerdictJump& jump = largest[i];
    if (i > 0) text += i + 1 == largest.size() ? " and " : ", ";
    text += fmt::format("{} at {}", format_signed_bytes(std::llround(jump.bytes)),
                        format_time(jump.time));
    const std::string lasted = format_hours((jump.end - jump.time) / 3600);
    if (!jump.stayed) {
      text += ", gone after " + lasted;
    } else if (jump.end < verdict.lives.back().begin) {
      text += fmt::format(", kept for {} until the restart", lasted);
    } else {
      text += ", kept since";
    }
  }
  if (count > largest.size()) text += " are the largest";
  return text + ". Look at the requests that ran then.";
}

std::string insufficient_sentences(const Verdict& verdict) {
  if (verdict.lives.empty()) return "No sample with any memory in it.";
  double longest = 0;
  for (const VerdictLife& life : verdict.lives) {
    longest = std::max(longest, (life.end - life.begin) / 3600);
  }
  if (longest >= 0.75) {
    return fmt::format(
        "{} over {}: too few, or too far apart, to show a trend. A sample each "
        "minute, for 45 min at the least, is needed.",
        plural(verdict.samples, "sample"), format_hours(verdict.hours));
  }
  if (verdict.lives.size() > 1) {
    return fmt::format(
        "{} lives, none longer than {}: memory restarts before it can settle. One "
        "life of 45 min is needed.",
        format_count(static_cast<std::int64_t>(verdict.lives.size())), format_hours(longest));
  }
  return fmt::format("{} observed: one life of 45 min is the least that says anything of a trend.",
                     format_hours(verdict.hours));
}

// What the live heap says beside it; empty where it was not sampled or adds nothing.
std::string heap_sentences(const Verdict& verdict) {
  if (!verdict.heap) return {};
  const HeapBeside& heap = *verdict.heap;
  switch (heap.says) {
    case HeapSays::kNothingYet:
    case HeapSays::kAgrees:
      return {};
    case HeapSays::kObjectsLeak:
      return fmt::format(" It is objects: the heap after collections, now {}, grows {}{}.",
                         format_bytes(heap.now), interval_per_hour(heap.growth),
                         heap.decided ? ", which memory alone does not show yet" : "");
    case HeapSays::kGrowthIsOutside:
      return fmt::format(
          " It is not objects: the heap after collections is flat at {}. What grows is native "
          "memory or fragmentation: try MALLOC_ARENA_MAX=2 or jemalloc; if it goes on, an "
          "extension leaks.",
          format_bytes(heap.now));
  }
  return {};
}

std::string sentences_of_kind(const MemorySeries& series, const Verdict& verdict) {
  switch (verdict.kind) {
    case VerdictKind::kSteady:
      return steady_sentences(verdict);
    case VerdictKind::kWarming:
      return warming_sentences(series, verdict);
    case VerdictKind::kLeak:
      return leak_sentences(series, verdict);
    case VerdictKind::kOvercommitted:
      return overcommit_sentences(verdict);
    case VerdictKind::kBloat:
      return bloat_sentences(verdict);
    case VerdictKind::kInsufficient:
      return insufficient_sentences(verdict);
  }
  return {};
}

std::string evidence_lines(const MemorySeries& series, const Verdict& verdict) {
  Table table({text_column(""), name_column("")});
  const auto row = [&](const char* name, std::string text) {
    table.add_row({name, std::move(text)});
  };
  std::string observed = fmt::format(
      "{} of {} memory, {}, {}", format_hours(verdict.hours), memory_kind_name(series.kind),
      plural(verdict.samples, "sample"),
      verdict.lives.size() == 1 ? "1 life" : fmt::format("{} lives", verdict.lives.size()));
  if (verdict.lives_pooled > 1) observed += fmt::format(", {} fitted", verdict.lives_pooled);
  row("observed", std::move(observed));
  row("now", verdict.quota > 0 ? fmt::format("{} of {} ({})", format_bytes(verdict.now),
                                             format_bytes(verdict.quota),
                                             format_percent(verdict.now, verdict.quota))
                               : format_bytes(verdict.now));
  if (verdict.kind == VerdictKind::kInsufficient) return table.print({}, {.header = false});
  if (verdict.kind != VerdictKind::kLeak) row("settles at", interval(verdict.plateau));
  std::string odds = fmt::format("log odds for a leak {:.1f}, {:.1f} wanted", verdict.leak_evidence,
                                 verdict.leak_wanted);
  if (verdict.kind == VerdictKind::kLeak) {
    row("growth", fmt::format("{}; {}", interval_per_hour(verdict.growth), odds));
  } else if (verdict.leak_probability >= 0.05 && verdict.growth.value > 0) {
    row("growth", fmt::format("{} if it is a leak; {}", interval_per_hour(verdict.growth), odds));
  } else {
    row("growth", "levels off; " + odds);
  }
  if (verdict.heap && verdict.heap->says != HeapSays::kNothingYet) {
    row("objects", fmt::format("{} survive collections: {}", format_bytes(verdict.heap->now),
                               verdict_name(verdict.heap->kind)));
  }
  // What memory alone shows is beside the point then.
  if (verdict.heap && verdict.heap->decided) return table.print({}, {.header = false});
  if (std::isfinite(verdict.least_leak)) {
    row("smallest leak", per_hour(verdict.least_leak) + " would have shown in this data");
  }
  if (verdict.traffic_bytes > 0.01 * verdict.now) {
    row("traffic", format_bytes(verdict.traffic_bytes) + " come and go with it");
  }
  row("levels off by", verdict.ending_model);
  row("goes on by", verdict.going_model);
  return table.print({}, {.header = false});
}

// "1 in 5,000"
std::string one_in(double chance) {
  const double rounded = std::pow(10, std::floor(std::log10(1 / chance)));
  return "1 in " + format_count(std::llround(std::floor(1 / chance / rounded) * rounded));
}

std::string attribution_sentences(const Attribution& attribution) {
  std::string text;
  for (const JumpSuspect& suspect : attribution.jumps) {
    const std::string when =
        suspect.jumps == 1 ? "the jump" : fmt::format("each of the {} jumps", suspect.jumps);
    text += fmt::format("{} ran at {}; by chance it would {}. ",
                        shorten(safe_text(suspect.endpoint), 70), when, one_in(suspect.chance));
  }
  if (!attribution.slope.empty()) {
    const SlopeSuspect& first = attribution.slope.front();
    if (first.endpoint.empty() || first.probability < 0.5) {
      text += fmt::format("No single one of {} explains the growth better than the clock does.",
                          plural(attribution.endpoints, "endpoint"));
    } else {
      text += fmt::format(
          "The growth follows {} ({:.0f} % sure): {} for each 1,000 of these "
          "requests.",
          shorten(safe_text(first.endpoint), 70), std::min(99.0, 100 * first.probability),
          format_bytes(first.bytes_per_1000));
    }
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string next_step(const VerdictAnswer& answer) {
  switch (answer.next) {
    case VerdictStep::kTryAllocator:
      return "Next: the same load with MALLOC_ARENA_MAX=2, and with jemalloc; heap dumps would not "
             "show it\n  tidemark watch PROGRAM --heap\n";
    case VerdictStep::kTakeDumps:
      return "Next: take three heap dumps of the process while it grows, then\n"
             "  tidemark suspects 1.json 2.json 3.json\n";
    case VerdictStep::kTakeDumpAfterJump:
      return "Next: a heap dump right after such a jump says what came, and whether it is still "
             "held\n"
             "  tidemark summary heap.json\n";
    case VerdictStep::kLookAtPicture:
      break;
  }
  return fmt::format(
      "Next: the picture of it, to look at and to show\n"
      "  tidemark verdict {} --svg memory.svg\n",
      answer.input);
}

}  // namespace

std::string verdict_headline(VerdictKind kind, double confidence, const TextStyle& style) {
  std::string text = style.paint(tint_of(kind), verdict_name(kind));
  if (kind == VerdictKind::kInsufficient) return text;
  return text + fmt::format(", {:.0f} % sure", std::min(99.0, 100 * confidence));
}

std::string verdict_headline(const Verdict& verdict, const TextStyle& style) {
  return verdict_headline(verdict.kind, verdict.confidence, style);
}

std::string verdict_sentences(const MemorySeries& series, const Verdict& verdict) {
  return sentences_of_kind(series, verdict) + heap_sentences(verdict);
}

std::string verdict_report(const JudgedSeries& judged, const TextStyle& style) {
  const MemorySeries& series = judged.series;
  const Verdict& verdict = judged.verdict;
  std::string out;
  if (!series.name.empty()) out += style.bold(shorten(safe_text(series.name), 60)) + ": ";
  out += verdict_headline(verdict, style) + "\n\n";
  out += wrap(verdict_sentences(series, verdict), {.first = "  ", .hanging = "  "});
  const std::string blamed = attribution_sentences(judged.attribution);
  if (!blamed.empty()) out += "\n" + wrap(blamed, {.first = "  ", .hanging = "  "});
  out += "\n" + text_chart(series, {.width = 98, .height = 8}, style) + "\n";
  return out + evidence_lines(series, verdict);
}

std::string verdict_table(const std::vector<JudgedSeries>& judged, const TextStyle& style) {
  std::vector<const JudgedSeries*> rows;
  for (const JudgedSeries& one : judged) rows.push_back(&one);
  const auto weight = [](const JudgedSeries* one) {
    const VerdictKind kind = one->verdict.kind;
    if (kind == VerdictKind::kLeak) return 0;
    if (kind == VerdictKind::kOvercommitted) return 1;
    if (kind == VerdictKind::kBloat) return 2;
    return kind == VerdictKind::kWarming ? 3 : 4;
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto* a, const auto* b) { return weight(a) < weight(b); });
  Table table({name_column("SERIES"), text_column("VERDICT"), number_column("SURE"),
               number_column("NOW"), number_column("SETTLES AT"), number_column("GROWTH"),
               number_column("QUOTA IN")});
  for (const JudgedSeries* one : rows) {
    const Verdict& verdict = one->verdict;
    const bool known = verdict.kind != VerdictKind::kInsufficient;
    const bool leak = verdict.kind == VerdictKind::kLeak;
    table.add_row({one->series.name, TableCell(verdict_name(verdict.kind), tint_of(verdict.kind)),
                   known ? fmt::format("{:.0f} %", std::min(99.0, 100 * verdict.confidence)) : "-",
                   format_bytes(verdict.now),
                   known && !leak ? format_bytes(verdict.plateau.value) : "-",
                   leak ? per_hour(verdict.growth.value) : "-",
                   verdict.hours_to_quota ? format_hours(*verdict.hours_to_quota) : "-"});
  }
  return table.print(style);
}

std::string verdict_text(const VerdictAnswer& answer, const TextStyle& style) {
  std::string out;
  if (answer.series.size() > kMostReports) {
    out = verdict_table(answer.series, style) + "\n";
    out += verdict_report(answer.series.at(answer.worst), style);
  } else {
    for (const JudgedSeries& one : answer.series) {
      out += (out.empty() ? "" : "\n") + verdict_report(one, style);
    }
  }
  return out + "\n" + next_step(answer);
}

}  // namespace tidemark
