#include "report/size_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/span_words.h"
#include "base/units.h"
#include "report/safe_text.h"
#include "report/simulate_text.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostRows = 8;

std::string bytes(double value) { return format_bytes(std::llround(value)); }

std::string setting(std::size_t processes, std::size_t threads) {
  return fmt::format("{} x {}", processes, threads);
}

std::string setting_words(std::size_t processes, std::size_t threads) {
  return fmt::format("{} with {}{}", plural(processes, "worker"), plural(threads, "thread"),
                     processes > 1 ? " each" : "");
}

std::string per_day(const SizeAnswer& answer, double chance) {
  const double days = answer.seconds / 86400;
  if (chance >= 1 - 1e-9) return chance_words(chance);
  return chance_words(-std::expm1(std::log1p(-chance) / std::max(days, 1e-9)));
}

bool same_setting(const std::optional<SizingCell>& one, const SizingCell& other) {
  return one && one->processes == other.processes && one->threads == other.threads;
}

void add_row(Table& table, const SizeAnswer& answer, const SizingCell& cell, bool chosen,
             bool now) {
  std::string verdict = cell.fits ? "fits" : "too much";
  if (cell.fits && !cell.serves) verdict = "too slow";
  if (chosen) verdict = "take this";
  if (now) verdict += " (now)";
  const double quota = answer.quota;
  table.add_row({{setting(cell.processes, cell.threads), chosen ? Tint::kBold : Tint::kPlain},
                 bytes(cell.median),
                 bytes(cell.high),
                 format_percent(cell.median, quota),
                 per_day(answer, cell.over_quota),
                 std::isfinite(cell.wait) ? span_words(cell.wait) : "no end",
                 fmt::format("{:.0f} %", 100 * cell.busy),
                 {verdict, chosen      ? Tint::kGreen
                           : cell.fits ? Tint::kPlain
                                       : Tint::kRed}});
}

std::string table_of(const SizeAnswer& answer, const TextStyle& style) {
  Table table({text_column("WORKERS x THREADS"), number_column("PLATEAU"), number_column("95 %"),
               number_column("OF QUOTA"), number_column("OVER, A DAY"), number_column("WAIT"),
               number_column("BUSY"), text_column("")});
  std::vector<const SizingCell*> rows;
  for (const SizingCell& cell : answer.table) {
    const bool now = same_setting(answer.now, cell);
    // The next ones above, to see what stands in the way.
    const bool first = cell.threads == 1 && cell.processes <= 3;
    const bool beside =
        cell.processes == 1 && (cell.threads == 2 || cell.threads == 3 || cell.threads == 5);
    if (cell.worthwhile || now || first || beside) rows.push_back(&cell);
  }
  while (rows.size() > kMostRows + 4) rows.pop_back();
  for (const SizingCell* cell : rows) {
    add_row(table, answer, *cell, same_setting(answer.chosen, *cell),
            same_setting(answer.now, *cell));
  }
  return table.print(style);
}

std::string quota_words(const SizeAnswer& answer) {
  std::string out = "quota " + bytes(answer.quota);
  if (!answer.dyno) return out;
  out = fmt::format("{}: {}", answer.dyno->name, out);
  const auto kill_at = static_cast<double>(answer.dyno->kill_at);
  if (kill_at > answer.quota) {
    out += fmt::format(" (R14 and swap above it, killed with R15 at {})", bytes(kill_at));
  } else {
    out += " (killed at it)";
  }
  return out;
}

std::string present_words(const SizeAnswer& answer) {
  if (!answer.now) return {};
  const SizingCell& now = *answer.now;
  const std::string plateau = answer.at_least ? "at least " + bytes(now.median) : bytes(now.median);
  std::string out = fmt::format("Now: {} settle{} at {} together (95 in 100: below {}), ",
                                setting_words(now.processes, now.threads),
                                now.processes > 1 ? "" : "s", plateau, bytes(now.high));
  if (now.fits) {
    return out + fmt::format("which fits into {} with {} to spare.", bytes(answer.quota),
                             bytes(answer.quota - now.high));
  }
  out += fmt::format("and the quota is {}: no leak is needed to pass it (chance a day: {}). ",
                     bytes(answer.quota), per_day(answer, now.over_quota));
  out += fmt::format("It needs {}", bytes(answer.needed));
  if (const auto& dyno = answer.dyno_needed) {
    out += fmt::format(" (on Heroku a {} dyno, {:.3g} GB)", dyno->name,
                       static_cast<double>(dyno->quota) / static_cast<double>(kDynoGigabyte));
  }
  return out + fmt::format(", {:.0f} % kept free.", 100 * answer.headroom);
}

std::string advice(const SizeAnswer& answer) {
  if (answer.chosen) {
    const SizingCell& cell = *answer.chosen;
    std::string out = fmt::format(
        "Take {}: {} in the median, {} of the quota free; chance to pass it {} a day, {} mean wait",
        setting_words(cell.processes, cell.threads), bytes(cell.median),
        format_percent(answer.quota - cell.median, answer.quota), per_day(answer, cell.over_quota),
        span_words(cell.wait));
    out += ".";
    if (answer.scattered && cell.threads > 1 && answer.app == AppKind::kRuby) {
      out += fmt::format(
          " That is with one heap: jemalloc, or MALLOC_ARENA_MAX=2 at the most. With glibc's "
          "default arenas "
          "each thread keeps what it freed: {} in the median, chance {} a day{}.",
          bytes(answer.scattered->median), per_day(answer, answer.scattered->over_quota),
          answer.scattered->fits ? "" : ", which does not fit");
    }
    return out;
  }
  const SizingCell& least = answer.table.front();
  std::string out;
  if (!least.fits) {
    out = fmt::format("Nothing fits: even one worker with one thread needs {}. ",
                      bytes(answer.least_needed));
  } else {
    out = "What fits cannot serve the requests: they come faster than it can answer. ";
  }
  return out + "A larger instance, or smaller requests.";
}

std::string cut_words(const SizeAnswer& answer) {
  if (!answer.cut) return {};
  const SizingCell& from = answer.now      ? *answer.now
                           : answer.chosen ? *answer.chosen
                                           : answer.table.front();
  const double gain = from.median - answer.cut->median;
  if (gain < 0.01 * from.median) return {};
  return fmt::format("Cut first: the peak of '{}'. Half of it takes {} off ({} instead of {}).",
                     safe_text(answer.cut->endpoint), bytes(gain), bytes(answer.cut->median),
                     bytes(from.median));
}

}  // namespace

std::string size_text(const SizeAnswer& answer, const TextStyle& style) {
  std::string out = style.bold(quota_words(answer)) + "\n";
  for (const std::string& line : answer.known)
    out += wrap(safe_text(line), {.first = "- ", .hanging = "  "});
  out += "\n";
  if (const std::string now = present_words(answer); !now.empty()) out += wrap(now) + "\n";
  out += table_of(answer, style);
  out +=
      wrap(fmt::format("Plateau: the highest memory within {}, in the median; fits: less than {} "
                       "to go above {} % of the quota in "
                       "that time.",
                       span_words(answer.seconds), chance_words(answer.most_chance),
                       std::llround(100 * (1 - answer.headroom))));
  out += "\n" + wrap(advice(answer));
  if (answer.chosen) {
    out += "\n";
    for (const std::string& line : answer.settings) {
      out += "  " + style.cyan(line) + "\n";
    }
    if (answer.app == AppKind::kNode) {
      out += wrap(
          "Without that limit V8 lets its heap grow to several times what is alive before it "
          "collects.");
    }
  }
  if (const std::string cut = cut_words(answer); !cut.empty()) out += "\n" + wrap(cut);
  out += "\n" + wrap(fmt::format("Confidence: {}.", answer.confidence));
  return out;
}

}  // namespace tidemark
