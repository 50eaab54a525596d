#include "report/reproduce_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "answers/reproduce/load_fields.h"
#include "base/units.h"
#include "report/latency_text.h"
#include "report/safe_text.h"
#include "report/suspects_text.h"
#include "report/table.h"
#include "report/wrap.h"
#include "reproduce/baseline.h"

namespace tidemark {
namespace {

std::string bytes(double value) { return format_bytes(std::llround(value)); }
std::string count(std::uint64_t value) { return format_count(static_cast<std::int64_t>(value)); }

// The three numbers in the unit of the first, with the digits that the interval leaves sure.
std::string interval(const Estimate& growth) {
  const double size = std::max(std::fabs(growth.value), std::fabs(growth.high - growth.low)) * 1000;
  const double unit = size >= 1e6 ? 1e6 : size >= 1e3 ? 1e3 : 1;
  const char* const name = size >= 1e6 ? "MB" : size >= 1e3 ? "kB" : "B";
  const double half = (growth.high - growth.low) * 500 / unit;
  const int digits =
      half > 0 ? std::clamp(static_cast<int>(std::ceil(-std::log10(half))), 0, 3) : 1;
  return fmt::format("{:.{}f} {} more for each 1,000 requests ({:.{}f} to {:.{}f} at 95 %)",
                     growth.value * 1000 / unit, digits, name, growth.low * 1000 / unit, digits,
                     growth.high * 1000 / unit, digits);
}

std::string headline(const Conclusion& c, const TextStyle& style) {
  switch (c.outcome) {
    case Outcome::kLeak:
      return style.red("LEAK");
    case Outcome::kThreads:
      return style.red("THREADS LEAK");
    case Outcome::kNative:
      return style.red("GROWS OUTSIDE THE HEAP");
    case Outcome::kLevelsOff:
      return style.green(c.clear ? "LEVELS OFF" : "SLOWS DOWN");
    case Outcome::kBloat:
      return style.yellow("BLOAT");
    case Outcome::kSteady:
      return style.green("NO LEAK");
    case Outcome::kNotEnough:
      return style.yellow("NOT ENOUGH REQUESTS YET");
  }
  return {};
}

// What to try when malloc or native code is what grows.
std::string native_advice(const MeasuredRun& run) {
  const bool node = run.program.starts_with("Node");
  std::string text =
      node ? "That is native memory. "
           : "That is malloc's reserve (fragmentation, an arena for each thread) or native code. "
             "Run it again with MALLOC_ARENA_MAX=2 before the command, then with jemalloc "
             "(LD_PRELOAD=libjemalloc.so.2): if either ends it, it was the allocator, and that is "
             "the cure; if neither does, native code leaks. ";
  if (run.native_modules.empty()) {
    text += node ? "No add-on is loaded: MALLOC_ARENA_MAX=2 or jemalloc "
                   "(LD_PRELOAD=libjemalloc.so.2) shows whether it is malloc's reserve."
                 : "No gem with native code of its own is loaded.";
  } else {
    text += "Native modules loaded: ";
    for (std::size_t i = 0; i < run.native_modules.size() && i < 8; ++i) {
      text += (i > 0 ? ", " : "") + safe_text(run.native_modules[i]);
    }
    text += ".";
  }
  return text;
}

std::string leak_sentences(const MeasuredRun& run) {
  const Conclusion& c = run.conclusion;
  std::string text = fmt::format(
      "The heap keeps {}. Only live objects are counted, so no collection frees them. It rose in "
      "{} of {} steps, and in the second half at {:.0f} % of the pace of the first.",
      interval(c.heap.per_request), c.heap.rises, c.heap.steps(), 100 * c.heap.pace_kept);
  text += fmt::format(" A million requests make that {}.", bytes(c.heap.per_request.value * 1e6));
  const double process = c.resident.per_request.value;
  const double heap = c.heap.per_request.value * static_cast<double>(c.workers);
  if (c.resident.per_request.low > 0 && process > 2 * heap + 500) {
    text += fmt::format(
        " The process grows {} for each 1,000: what the heap does not account for is "
        "malloc's reserve, or a warm-up.",
        bytes(process * 1000));
  }
  return text;
}

std::string threads_sentences(const MeasuredRun& run) {
  const GrowthTrend& threads = run.conclusion.threads;
  std::string text =
      fmt::format("{:.0f} more than at the first measurement, {:.1f} for each 1,000 requests",
                  threads.total, threads.per_request.value * 1000);
  const std::string name = run.new_threads ? run.new_threads->name : std::string();
  if (run.new_threads) {
    text += fmt::format("; {} of the new ones are called '{}'", run.new_threads->count,
                        safe_text(name));
  }
  text += ".";
  if (name.find(".r") != std::string::npos && name.find(':') != std::string::npos) {
    text += " That is the place that started them.";
  }
  return text +
         " Each keeps a stack and all that it refers to. Heap dumps come from a copy of the "
         "process "
         "that has none of its other threads, so they do not show them.";
}

std::string sentences(const MeasuredRun& run) {
  const Conclusion& c = run.conclusion;
  const std::string resolution =
      c.by_heap ? fmt::format("A leak of {} for each 1,000 requests would have shown.",
                              bytes(c.data.least_seen() * 1000))
                : fmt::format(
                      "Judged by the memory of the process alone: a leak of {} for each 1,000 "
                      "requests would have shown.",
                      bytes(c.resident.least_seen() * 1000));
  switch (c.outcome) {
    case Outcome::kLeak:
      return leak_sentences(run);
    case Outcome::kThreads:
      return threads_sentences(run);
    case Outcome::kNative:
      return fmt::format("{}The process grows {}. {}",
                         c.by_heap
                             ? fmt::format("The heap is flat ({} to {} for each 1,000 requests). ",
                                           bytes(c.data.per_request.low * 1000),
                                           bytes(c.data.per_request.high * 1000))
                             : "",
                         interval(c.resident.per_request), native_advice(run));
    case Outcome::kLevelsOff:
      return c.clear
                 ? fmt::format(
                       "It rose, and has nearly stopped: in the second half it rose at {:.0f} % of "
                       "the pace. A cache that filled, or a warm-up. {}",
                       100 * growth_of(c).pace_kept, resolution)
                 : fmt::format(
                       "It rises more slowly than it did ({:.0f} % of the pace in the last "
                       "half): probably a warm-up or a cache that fills, and not over yet. "
                       "A longer --duration tells.",
                       100 * growth_of(c).pace_kept);
    case Outcome::kBloat:
      return fmt::format(
          "One step made {:.0f} % of the difference, {}; the others are flat. Look at "
          "what single requests load at once: --endpoints measures each by itself.",
          100 * (c.by_heap && c.data.largest_step > 0.8 ? c.data : c.outside).largest_step,
          bytes(c.resident.total));
    case Outcome::kSteady:
      return fmt::format(
          "{} {}",
          c.by_heap ? fmt::format("Live objects stay at {}: {} to {} for each 1,000 requests.",
                                  bytes(run.points.back().heap.value_or(0)),
                                  format_signed_bytes(std::llround(c.data.per_request.low * 1000)),
                                  format_signed_bytes(std::llround(c.data.per_request.high * 1000)))
                    : "Memory stays where it is.",
          resolution);
    case Outcome::kNotEnough:
      return fmt::format(
          "{} measured after {} requests; three at least are needed, and more where only "
          "the process itself grows. A longer --duration, or more --connections, gets there.",
          plural(run.points.size(), "point"), count(run.load.answered));
  }
  return {};
}

// "512 MB", "2.5 GB": as platforms call the sizes that they sell.
std::string sold_size(double bytes) {
  return bytes < 1024e6 ? fmt::format("{:g} MB", bytes / 1e6)
                        : fmt::format("{:g} GB", bytes / 1024e6);
}

// The level, and how many workers fit.
std::string level_sentences(const ReproduceAnswer& answer) {
  const Conclusion& c = answer.run.conclusion;
  if (c.level <= 0 || is_leak(c.outcome)) return {};
  std::string text =
      fmt::format("At rest it holds {}, {} at most under load", bytes(c.level), bytes(c.peak));
  if (c.workers > 1)
    text += fmt::format(" ({} workers of about {})", c.workers, bytes(c.per_worker));
  text += ".";
  if (answer.fits.empty()) return text;
  if (answer.quota) {
    return text +
           fmt::format(" {} of them fit in {}.", answer.fits.front().workers, bytes(*answer.quota));
  }
  text += " Workers of that size that fit:";
  for (std::size_t i = 0; i < answer.fits.size(); ++i) {
    text += fmt::format("{} {} in {}", i > 0 ? "," : "", answer.fits[i].workers,
                        sold_size(answer.fits[i].memory_bytes));
  }
  return text + ".";
}

// Beside a leak of another kind.
std::string thread_sentence(const MeasuredRun& run) {
  const Conclusion& c = run.conclusion;
  const bool grow = c.threads.points >= 3 && c.threads.per_request.low > 0 &&
                    c.threads.total >= 3 && c.threads.rises == c.threads.steps();
  return grow && c.outcome != Outcome::kThreads ? "Threads grow too: " + threads_sentences(run)
                                                : std::string();
}

std::string load_sentence(const MeasuredRun& run) {
  const LoadTotals& load = run.load;
  std::string text = fmt::format(
      "{} requests on port {}, {:.0f} a second; half took {}, 99 of 100 {} at most, the longest {}",
      count(load.answered), run.port, requests_per_second(load),
      latency_text(latency_seconds(load, 0.5)), latency_text(latency_seconds(load, 0.99)),
      latency_text(latency_seconds(load, 1)));
  if (load.failed == 0 && load.server_errors() == 0 && load.refusals() == 0)
    return text + "; no errors.";
  text += ";";
  if (load.server_errors() > 0)
    text += fmt::format(" {} answered with an error of the server,", count(load.server_errors()));
  if (load.refusals() > 0)
    text += fmt::format(" {} with status 400 to 499,", count(load.refusals()));
  if (load.failed > 0) {
    const auto worst =
        std::ranges::max_element(load.faults, {}, [](const auto& fault) { return fault.second; });
    text += fmt::format(" {} not answered (mostly: {}),", count(load.failed), worst->first);
  }
  text.back() = '.';
  return text;
}

std::string points_table(const MeasuredRun& run, const TextStyle& style) {
  if (run.points.empty()) return {};
  const bool heap =
      std::ranges::any_of(run.points, [](const auto& point) { return point.heap.has_value(); });
  std::vector<TableColumn> columns = {number_column("REQUESTS"), number_column("MEMORY")};
  if (heap) {
    columns.insert(columns.begin() + 1, number_column("OBJECTS"));
    columns.insert(columns.begin() + 1, number_column("LIVE HEAP"));
  }
  columns.push_back(number_column("THREADS"));
  columns.push_back(text_column("DUMP"));
  Table table(std::move(columns));
  for (const MeasuredPoint& point : run.points) {
    std::vector<TableCell> row = {count(point.requests)};
    if (heap) {
      row.emplace_back(point.heap ? bytes(*point.heap) : "-");
      row.emplace_back(point.heap ? count(point.objects) : "-");
    }
    row.emplace_back(bytes(point.resident));
    row.emplace_back(std::to_string(point.threads));
    row.emplace_back(point.dump);
    table.add_row(std::move(row));
  }
  return table.print(style);
}

// How many of the first suspect's members came for each request.
std::string per_request_sentence(double each) {
  if (std::fabs(each - std::round(each)) < 0.005 && each >= 1) {
    return fmt::format("The first suspect gains {:.0f} for each request.", each);
  }
  return fmt::format("The first suspect gains {:.{}f} for each 1,000 requests.", each * 1000,
                     each * 1000 < 10 ? 1 : 0);
}

std::string leak_suspects(const ReproduceAnswer& answer, std::size_t limit,
                          const TextStyle& style) {
  const bool traced = answer.traced_run && answer.traced_run->suspects;
  const MeasuredRun& run = traced ? *answer.traced_run : answer.run;
  if (!run.suspects || answer.run.conclusion.outcome != Outcome::kLeak) return {};
  std::string out;
  if (traced) {
    out += "\n" + wrap(fmt::format(
                      "A second run with allocation tracing, for the lines of code ({} requests):",
                      count(run.load.answered)));
  }
  if (run.first_suspect_members_per_request) {
    out += "\n" + wrap(per_request_sentence(*run.first_suspect_members_per_request));
  }
  return out + "\n" + suspects_text(*run.suspects, limit, style);
}

// Of a document's word, as text has always had it: "levels-off".
std::string outcome_name(std::optional<Outcome> outcome) {
  std::string name(outcome ? word_for(*outcome) : std::string_view());
  std::ranges::replace(name, '_', '-');
  return name;
}

std::string limit_text(const ReproduceAnswer& answer, const TextStyle& style) {
  const GrowthComparison& result = *answer.comparison;
  if (!result.exceeded) {
    return "\n" + wrap(style.green("WITHIN THE LIMIT") +
                       fmt::format(": {} for each 1,000 requests.", bytes(result.limit)));
  }
  const Estimate& growth = growth_of(answer.run.conclusion).per_request;
  return "\n" + wrap(style.red("ABOVE THE LIMIT") +
                     fmt::format(": it keeps {} at least for each 1,000 requests; {} may be.",
                                 bytes(growth.low * 1000), bytes(result.limit)));
}

// Before and after.
std::string before_and_now(const GrowthComparison::Before& before, const MeasuredRun& now,
                           const TextStyle& style) {
  const Conclusion& c = now.conclusion;
  const Estimate& growth = growth_of(c).per_request;
  Table table({text_column(""), number_column("BEFORE"), number_column("NOW")});
  table.add_row({"outcome", outcome_name(before.outcome), outcome_name(c.outcome)});
  table.add_row(
      {"growth for each 1,000 requests", bytes(before.growth.value), bytes(growth.value * 1000)});
  table.add_row({"  between", bytes(before.growth.low), bytes(growth.low * 1000)});
  table.add_row({"  and", bytes(before.growth.high), bytes(growth.high * 1000)});
  table.add_row({"memory at rest", bytes(before.level), bytes(c.level)});
  table.add_row({"memory at most", bytes(before.peak), bytes(c.peak)});
  table.add_row({"requests a second", fmt::format("{:.0f}", before.requests_per_second),
                 fmt::format("{:.0f}", requests_per_second(now.load))});
  table.add_row({"99 of 100 took at most", latency_text(before.p99_seconds),
                 latency_text(latency_seconds(now.load, 0.99))});
  return "\n" + table.print(style);
}

std::string kept_text(const ReproduceAnswer& answer) {
  std::size_t dumps = 0;
  const auto has_dump = [](const MeasuredPoint& point) { return !point.dump.empty(); };
  dumps += static_cast<std::size_t>(std::ranges::count_if(answer.run.points, has_dump));
  if (answer.traced_run) {
    dumps += static_cast<std::size_t>(std::ranges::count_if(answer.traced_run->points, has_dump));
  }
  const bool after_fix = answer.run.conclusion.outcome == Outcome::kLeak &&
                         !(answer.comparison && answer.comparison->before);
  return fmt::format(
      "\n{}/ has {}report.json, summary.txt, series.csv and the app's output.{}\n", answer.folder,
      dumps > 0 ? plural(dumps, "dump") + ", " : "",
      after_fix ? fmt::format("\nAfter the fix: add --compare {}/report.json", answer.folder) : "");
}

}  // namespace

std::string reproduce_text(const ReproduceAnswer& answer, std::size_t limit,
                           const TextStyle& style) {
  const MeasuredRun& run = answer.run;
  const Conclusion& c = run.conclusion;
  std::string out;
  out += style.bold(safe_text(run.title)) + (run.program.empty() ? "" : ", " + run.program);
  out += c.workers > 1 ? fmt::format(", {} workers\n", c.workers) : "\n";
  out += wrap(load_sentence(run));
  out += "\n" + points_table(run, style) + "\n";
  out += wrap(style.bold(headline(c, style)) + ": " + sentences(run));
  const std::string level = level_sentences(answer);
  if (!level.empty()) out += wrap(level);
  const std::string threads = thread_sentence(run);
  if (!threads.empty()) out += wrap(threads);
  if (run.ended) out += wrap(fmt::format("The app ended by itself: {}. See app.log.", *run.ended));
  if (run.interrupted) out += wrap("Interrupted: concluded from what there was.");
  for (const std::string& note : run.notes) out += wrap(safe_text(note));
  out += leak_suspects(answer, limit, style);
  if (answer.comparison) {
    if (answer.comparison->before) out += before_and_now(*answer.comparison->before, run, style);
    out += limit_text(answer, style);
  }
  return out + kept_text(answer);
}

}  // namespace tidemark
