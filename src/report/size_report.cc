#include "report/size_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/span_words.h"
#include "base/units.h"
#include "report/json_writer.h"
#include "report/simulate_text.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostRows = 8;
constexpr double kOldSpace = 0.75;  // of what a Node.js process may hold: the rest is outside of it

std::string setting(std::size_t processes, std::size_t threads) {
  return fmt::format("{} x {}", processes, threads);
}

std::string setting_words(std::size_t processes, std::size_t threads) {
  return fmt::format("{} with {}{}", plural(processes, "worker"), plural(threads, "thread"),
                     processes > 1 ? " each" : "");
}

std::string per_day(const SizeAnswer& answer, double chance) {
  const double days = answer.subject.input.seconds / 86400;
  if (chance >= 1 - 1e-9) return chance_words(chance);
  return chance_words(-std::expm1(std::log1p(-chance) / std::max(days, 1e-9)));
}

void add_row(Table& table, const SizeAnswer& answer, const SizingCell& cell, bool chosen,
             bool now) {
  std::string verdict = cell.fits ? "fits" : "too much";
  if (cell.fits && !cell.serves) verdict = "too slow";
  if (chosen) verdict = "take this";
  if (now) verdict += " (now)";
  const double quota = answer.subject.input.quota;
  table.add_row({{setting(cell.processes, cell.threads), chosen ? Tint::kBold : Tint::kPlain},
                 format_bytes(cell.median),
                 format_bytes(cell.high),
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
  const Sizing& sizing = answer.sizing;
  const SizeSubject& subject = answer.subject;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < sizing.cells.size(); ++i) {
    const SizingCell& cell = sizing.cells[i];
    const bool now = cell.processes == subject.processes && cell.threads == subject.threads;
    // The next ones above, to see what stands in the way.
    const bool first = cell.threads == 1 && cell.processes <= 3;
    const bool beside =
        cell.processes == 1 && (cell.threads == 2 || cell.threads == 3 || cell.threads == 5);
    if (cell.worthwhile || now || first || beside) rows.push_back(i);
  }
  while (rows.size() > kMostRows + 4) rows.pop_back();
  for (const std::size_t i : rows) {
    const SizingCell& cell = sizing.cells[i];
    add_row(table, answer, cell, sizing.chosen == i,
            cell.processes == subject.processes && cell.threads == subject.threads);
  }
  return table.print(style);
}

std::string quota_words(const SizeSubject& subject) {
  std::string out = "quota " + format_bytes(subject.input.quota);
  if (!subject.platform) return out;
  out = fmt::format("{}: {}", subject.platform->name, out);
  const auto kill_at = static_cast<double>(subject.platform->kill_at);
  if (kill_at > subject.input.quota) {
    out += fmt::format(" (R14 and swap above it, killed with R15 at {})", format_bytes(kill_at));
  } else {
    out += " (killed at it)";
  }
  return out;
}

std::string present_words(const SizeAnswer& answer) {
  if (!answer.now) return {};
  const SizeSubject& subject = answer.subject;
  const SizingCell& now = *answer.now;
  const std::string plateau =
      answer.subject.at_least ? "at least " + format_bytes(now.median) : format_bytes(now.median);
  std::string out = fmt::format("Now: {} settle{} at {} together (95 in 100: below {}), ",
                                setting_words(now.processes, now.threads),
                                now.processes > 1 ? "" : "s", plateau, format_bytes(now.high));
  if (now.fits) {
    return out + fmt::format("which fits into {} with {} to spare.",
                             format_bytes(subject.input.quota),
                             format_bytes(subject.input.quota - now.high));
  }
  out += fmt::format("and the quota is {}: no leak is needed to pass it (chance a day: {}). ",
                     format_bytes(subject.input.quota), per_day(answer, now.over_quota));
  out += fmt::format("It needs {}", format_bytes(answer.needed));
  if (const auto dyno = dyno_with(answer.needed)) {
    out += fmt::format(" (on Heroku a {} dyno, {:.3g} GB)", dyno->name,
                       static_cast<double>(dyno->quota) / static_cast<double>(kDynoGigabyte));
  }
  return out + fmt::format(", {:.0f} % kept free.", 100 * subject.input.headroom);
}

std::string advice(const SizeAnswer& answer) {
  const SizeSubject& subject = answer.subject;
  if (answer.sizing.chosen) {
    const SizingCell& cell = answer.sizing.cells[*answer.sizing.chosen];
    std::string out = fmt::format(
        "Take {}: {} in the median, {} of the quota free; chance to pass it {} a day, {} mean wait",
        setting_words(cell.processes, cell.threads), format_bytes(cell.median),
        format_percent(subject.input.quota - cell.median, subject.input.quota),
        per_day(answer, cell.over_quota), span_words(cell.wait));
    out += ".";
    if (answer.scattered && cell.threads > 1 && subject.kind == AppKind::kRuby) {
      out += fmt::format(
          " That is with one heap: jemalloc, or MALLOC_ARENA_MAX=2 at the most. With glibc's "
          "default arenas "
          "each thread keeps what it freed: {} in the median, chance {} a day{}.",
          format_bytes(answer.scattered->median), per_day(answer, answer.scattered->over_quota),
          answer.scattered->fits ? "" : ", which does not fit");
    }
    return out;
  }
  const SizingCell& least = answer.sizing.cells.front();
  std::string out;
  if (!least.fits) {
    out = fmt::format("Nothing fits: even one worker with one thread needs {}. ",
                      format_bytes(quota_for(subject.input, 1, 1)));
  } else {
    out = "What fits cannot serve the requests: they come faster than it can answer. ";
  }
  return out + "A larger instance, or smaller requests.";
}

std::string cut_words(const SizeAnswer& answer) {
  if (!answer.cut) return {};
  const SizingCell& from =
      answer.now ? *answer.now : answer.sizing.cells[answer.sizing.chosen.value_or(0)];
  const double gain = from.median - answer.cut->median;
  if (gain < 0.01 * from.median) return {};
  return fmt::format("Cut first: the peak of '{}'. Half of it takes {} off ({} instead of {}).",
                     answer.cut->endpoint, format_bytes(gain), format_bytes(answer.cut->median),
                     format_bytes(from.median));
}

void write_cell(JsonWriter& json, const SizingCell& cell) {
  json.begin_object();
  json.member("processes", cell.processes);
  json.member("threads", cell.threads);
  json.member("median_bytes", cell.median);
  json.member("p95_bytes", cell.high);
  json.member("chance_over_quota", cell.over_quota);
  json.member("chance_over_headroom", cell.chance);
  json.member("busy", cell.busy);
  json.member("mean_wait_seconds", cell.wait);
  json.member("fits", cell.fits);
  json.member("serves", cell.serves);
  json.member("worthwhile", cell.worthwhile);
  json.end_object();
}

}  // namespace

SizeAnswer answer_size(const SizeSubject& subject) {
  SizeAnswer answer;
  answer.subject = subject;
  answer.sizing = size_table(subject.input);
  const std::size_t processes = std::max<std::size_t>(subject.processes, 1);
  if (subject.processes > 0) answer.now = size_cell(subject.input, processes, subject.threads);
  answer.needed = quota_for(subject.input, processes, subject.threads);
  std::size_t cut_processes = processes;
  std::size_t cut_threads = subject.threads;
  if (answer.sizing.chosen) {
    const SizingCell& cell = answer.sizing.cells[*answer.sizing.chosen];
    if (cell.threads > 1) {
      SizingInput scattered = subject.input;
      scattered.thread_heaps = true;
      answer.scattered = size_cell(scattered, cell.processes, cell.threads);
    }
    if (subject.processes == 0) {
      cut_processes = cell.processes;
      cut_threads = cell.threads;
    }
  }
  answer.cut = best_cut(subject.input, cut_processes, cut_threads);
  return answer;
}

std::vector<std::string> size_settings(const SizeAnswer& answer, const SizingCell& cell) {
  const SizeSubject& subject = answer.subject;
  std::vector<std::string> lines = {fmt::format("WEB_CONCURRENCY={}", cell.processes)};
  if (subject.kind == AppKind::kRuby) {
    lines.push_back(fmt::format("RAILS_MAX_THREADS={}", cell.threads));
    if (cell.threads > 1) lines.emplace_back("MALLOC_ARENA_MAX=2");
    return lines;
  }
  const double each = ((1 - subject.input.headroom) * subject.input.quota - subject.input.shared) /
                      static_cast<double>(cell.processes);
  lines.push_back(fmt::format("NODE_OPTIONS=--max-old-space-size={:.0f}",
                              std::floor(kOldSpace * each / 1048576)));
  return lines;
}

std::string size_report(const SizeAnswer& answer, const TextStyle& style) {
  const SizeSubject& subject = answer.subject;
  std::string out = style.bold(quota_words(subject)) + "\n";
  for (const std::string& line : subject.known) out += wrap(line, {.first = "- ", .hanging = "  "});
  out += "\n";
  if (const std::string now = present_words(answer); !now.empty()) out += wrap(now) + "\n";
  out += table_of(answer, style);
  out +=
      wrap(fmt::format("Plateau: the highest memory within {}, in the median; fits: less than {} "
                       "to go above {} % of the quota in "
                       "that time.",
                       span_words(subject.input.seconds), chance_words(subject.input.most_chance),
                       std::llround(100 * (1 - subject.input.headroom))));
  out += "\n" + wrap(advice(answer));
  if (answer.sizing.chosen) {
    out += "\n";
    for (const std::string& line :
         size_settings(answer, answer.sizing.cells[*answer.sizing.chosen])) {
      out += "  " + style.cyan(line) + "\n";
    }
    if (subject.kind == AppKind::kNode) {
      out += wrap(
          "Without that limit V8 lets its heap grow to several times what is alive before it "
          "collects.");
    }
  }
  if (const std::string cut = cut_words(answer); !cut.empty()) out += "\n" + wrap(cut);
  out += "\n" + wrap(fmt::format("Confidence: {}.", subject.confidence));
  return out;
}

void write_size_json(TextSink& sink, const SizeAnswer& answer) {
  const SizeSubject& subject = answer.subject;
  JsonWriter json(sink);
  json.begin_document("size");
  json.member("quota_bytes", subject.input.quota);
  json.member("kill_bytes", subject.platform ? static_cast<double>(subject.platform->kill_at)
                                             : subject.input.quota);
  json.member("seconds", subject.input.seconds);
  json.member("requests_per_second", subject.input.rate);
  json.member("base_bytes", subject.input.base);
  json.member("shared_bytes", subject.input.shared);
  json.member("confidence", subject.confidence);
  json.member("plateau_is_a_lower_bound", subject.at_least);
  if (subject.measured) {
    json.begin_object("measured");
    json.member("workers", subject.processes);
    json.member("threads", subject.threads);
    json.member("total_bytes", subject.measured->total);
    json.member("shared_bytes", subject.measured->shared);
    json.member("private_bytes_per_worker", subject.measured->own);
    json.member("resident_bytes_summed", subject.measured->resident);
    json.end_object();
  } else {
    json.null("measured");
  }
  json.begin_array("known");
  for (const std::string& line : subject.known) json.value(line);
  json.end_array();
  const auto write_optional = [&](std::string_view name, const std::optional<SizingCell>& cell) {
    json.key(name);
    if (cell) {
      write_cell(json, *cell);
    } else {
      json.null();
    }
  };
  write_optional("now", answer.now);
  std::optional<SizingCell> chosen;
  if (answer.sizing.chosen) chosen = answer.sizing.cells[*answer.sizing.chosen];
  write_optional("recommended", chosen);
  write_optional("recommended_with_default_arenas", answer.scattered);
  // With the threads of now.
  std::size_t fit = 0;
  for (const SizingCell& cell : answer.sizing.cells) {
    if (cell.threads == subject.threads && cell.fits) fit = std::max(fit, cell.processes);
  }
  json.member("workers_that_fit", fit);
  json.member("quota_needed_bytes", answer.needed);
  json.begin_array("settings");
  if (chosen) {
    for (const std::string& line : size_settings(answer, *chosen)) json.value(line);
  }
  json.end_array();
  if (answer.cut) {
    json.begin_object("cut_first");
    json.member("endpoint", answer.cut->endpoint);
    json.member("median_bytes_with_half_its_peak", answer.cut->median);
    json.end_object();
  } else {
    json.null("cut_first");
  }
  json.begin_array("table");
  for (const SizingCell& cell : answer.sizing.cells) write_cell(json, cell);
  json.end_array();
  json.end_document();
}

}  // namespace tidemark
