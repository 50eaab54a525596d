// Measures the verdict on labelled series: see docs/verdict.md.
//
//   verdict_eval FOLDER [--misses] [--kinds] [--times] [--roc] [--speed] [--only part/parts]
//   verdict_eval --generated SETS --seed SEED [--kind PART OF A NAME] [...]
//
// --kinds prints a table by kind of process: where the losses are.
// --roc tells, with --times, what false alarms cost: how soon leaks would be found if more or less
// evidence were asked for.
// FOLDER holds labels.csv, truth_over_time.csv and the series, real/ the measured ones. A generated
// set is about 150 series of 27 kinds, made by tests/support/instance_world.cc.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "look_hours.h"
#include "sources/csv_series.h"
#include "support/instance_world.h"
#include "verdict/evidence.h"
#include "verdict/statistics.h"
#include "verdict/verdict.h"

namespace {

using namespace tidemark;  // NOLINT(google-build-using-namespace): a program of one file

using Row = std::map<std::string, std::string>;

constexpr std::array<const char*, 6> kKinds = {"steady",     "warming", "leak",
                                               "overcommit", "bloat",   "insufficient"};

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : line) {
    if (c == separator) {
      parts.emplace_back();
    } else if (c != '\r') {
      parts.back() += c;
    }
  }
  return parts;
}

std::vector<Row> read_table(const std::string& path) {
  std::vector<Row> rows;
  std::vector<std::string> names;
  for (const std::string& line : split(read_all(path), '\n')) {
    if (line.empty()) continue;
    const auto cells = split(line, ',');
    if (names.empty()) {
      names = cells;
      continue;
    }
    Row row;
    for (std::size_t i = 0; i < names.size() && i < cells.size(); ++i) row[names[i]] = cells[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

double number(const Row& row, const std::string& name) {
  const auto found = row.find(name);
  return found == row.end() || found->second.empty() ? std::nan("")
                                                     : std::strtod(found->second.c_str(), nullptr);
}

std::string kind_of(const Verdict& verdict) {
  return kKinds[static_cast<std::size_t>(verdict.kind)];
}

bool accepted(const std::string& accept, const std::string& kind) {
  const auto kinds = split(accept, '|');
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// What is counted for one series.
struct Score {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double plateau = kNone;  // forecast against truth, signed
  double rate = kNone;     // of the leak, the same
  double workers = kNone;  // said too many
  double found = kNone;    // hours after the onset
  bool alarmed = false;
  bool right = false;
};

struct Case {
  Row label;
  MemorySeries series;
  Verdict verdict;
  Score score = {};
};

using Change = TruthChange;
using TruthOverTime = std::map<std::string, std::vector<Change>>;

std::vector<Case> load(const std::string& folder, std::size_t part, std::size_t parts,
                       double speedup) {
  std::vector<Case> cases;
  std::size_t index = 0;
  for (Row& label : read_table(folder + "/labels.csv")) {
    if (index++ % parts != part && parts > 1) continue;
    auto set = read_csv_series(read_all(folder + "/" + label["file"]));
    if (!set) {
      fmt::print(stderr, "{}: {}\n", label["file"], set.error().message);
      std::exit(1);
    }
    Case one{.label = label, .series = set->series.front(), .verdict = {}};
    if (!label["quota_mb"].empty()) one.series.quota = number(label, "quota_mb") * 1e6;
    one.verdict = judge(one.series, {.speedup = speedup});
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<Case> generate(std::size_t sets, std::uint64_t seed, const std::string& only,
                           TruthOverTime& truth) {
  std::vector<Case> cases;
  const auto text = [](double value) { return fmt::format("{:.6g}", value); };
  for (const ArchetypeShare& kind : archetypes()) {
    if (!kind.name.contains(only)) continue;
    for (std::size_t i = 0; i < sets * static_cast<std::size_t>(kind.count); ++i) {
      InstanceSeries made = make_instance(kind.name, seed * 1000 + i);
      const std::string id = fmt::format("{}-{}", kind.name, seed * 1000 + i);
      Case one{.label = {{"id", id}, {"file", id}, {"archetype", made.archetype}},
               .series = std::move(made.series),
               .verdict = {}};
      one.label["label"] = made.truth.back().label;
      one.label["accept"] = made.truth.back().accept;
      one.label["plateau_mb"] = text(made.plateau / 1e6);
      one.label["leak_mb_per_h"] = text(made.leak_per_hour / 1e6);
      one.label["leak_onset_s"] = text(made.onset);
      one.label["workers_that_fit"] = text(static_cast<double>(made.workers_that_fit));
      truth[id] = std::move(made.truth);
      one.verdict = judge(one.series);
      cases.push_back(std::move(one));
    }
  }
  return cases;
}

TruthOverTime read_truth(const std::string& folder) {
  TruthOverTime truth;
  for (const Row& row : read_table(folder + "/truth_over_time.csv")) {
    truth[row.at("id")].push_back({number(row, "t"), row.at("label"), row.at("accept")});
  }
  return truth;
}

void print_case(const Case& one, const std::string& truth, const std::string& said) {
  const Verdict& v = one.verdict;
  std::size_t pooled = v.lives_pooled;
  fmt::print(
      "  {} {:20} {:11} -> {:11} L {:6.1f}/{:4.1f} slope {:6.3f} %/h lives {}/{} jumps {} "
      "kills {} oom {} now {:.0f} plateau {:.0f} quota {:.0f} h {:.1f} leak {} MB/h\n",
      one.label.at("file"), one.label.contains("archetype") ? one.label.at("archetype") : "", truth,
      said, v.leak_evidence, v.leak_wanted, 100 * v.growth.value / std::max(1.0, v.now), pooled,
      v.lives.size(), v.jumps.size(), v.kills, v.out_of_memory, v.now / 1e6, v.plateau.value / 1e6,
      v.quota / 1e6, v.hours,
      one.label.contains("leak_mb_per_h") ? one.label.at("leak_mb_per_h") : "");
  for (const auto& jump : v.jumps) {
    fmt::print("      jump at {:.1f} h of {:.0f} MB for {:.1f} h {}\n",
               (jump.time - one.series.samples.front().time) / 3600, jump.bytes / 1e6,
               (jump.end - jump.time) / 3600, jump.stayed ? "stays" : "");
  }
  fmt::print("      true plateau {} | {} | {}\n",
             one.label.contains("plateau_mb") ? one.label.at("plateau_mb") : "", v.ending_model,
             v.going_model);
}

void confusion(std::vector<Case>& cases, const char* truth_name, bool misses) {
  std::map<std::string, std::map<std::string, int>> table;
  int right = 0;
  for (Case& one : cases) {
    std::string said = kind_of(one.verdict);
    const std::string& truth = one.label.at(truth_name);
    // What is accepted for a border case counts as right, in the truth's own cell.
    if (accepted(one.label.at("accept"), said)) said = truth;
    ++table[truth][said];
    one.score.right = said == truth;
    right += said == truth ? 1 : 0;
    if (misses && said != truth) print_case(one, truth, said);
  }
  fmt::print("\n{:14}", "truth \\ said");
  for (const char* kind : kKinds) fmt::print("{:>13}", kind);
  fmt::print("{:>9}{:>11}{:>7}\n", "recall", "precision", "F1");
  double sum = 0;
  int kinds = 0;
  for (const char* truth : kKinds) {
    double row = 0;
    double column = 0;
    for (const char* kind : kKinds) {
      row += table[truth][kind];
      column += table[kind][truth];
    }
    if (row == 0) continue;
    const double recall = table[truth][truth] / row;
    const double precision = column > 0 ? table[truth][truth] / column : 0;
    const double f1 = recall + precision > 0 ? 2 * recall * precision / (recall + precision) : 0;
    fmt::print("{:11}{:3.0f}", truth, row);
    for (const char* kind : kKinds) fmt::print("{:13}", table[truth][kind]);
    fmt::print("{:9.2f}{:11.2f}{:7.2f}\n", recall, precision, f1);
    sum += f1;
    ++kinds;
  }
  fmt::print("accuracy {:.3f} ({} of {}), macro-F1 {:.3f}\n",
             right / static_cast<double>(cases.size()), right, cases.size(), sum / kinds);
}

void forecasts(std::vector<Case>& cases, bool misses) {
  std::vector<double> plateau;
  std::vector<double> rate;
  std::size_t fit = 0;
  std::size_t near = 0;
  std::size_t sized = 0;
  for (Case& one : cases) {
    const std::string said = kind_of(one.verdict);
    const double level = number(one.label, "plateau_mb") * 1e6;
    const std::string& truth_kind = one.label.at("label");
    if ((truth_kind == "warming" || truth_kind == "overcommit") && level > 0) {
      one.score.plateau = one.verdict.plateau.value / level - 1;
      plateau.push_back(std::fabs(one.score.plateau));
      if (misses && plateau.back() > 0.05) {
        fmt::print("  plateau {:+.1f} % {} {} ({:.1f} h) {:.0f} to {:.0f} MB\n",
                   100 * (one.verdict.plateau.value / level - 1), one.label.at("file"),
                   one.label.at("archetype"), one.verdict.hours, one.verdict.plateau.low / 1e6,
                   one.verdict.plateau.high / 1e6);
      }
    }
    const double truth = number(one.label, "leak_mb_per_h") * 1e6;
    if (said == "leak" && truth > 0) {
      one.score.rate = one.verdict.growth.value / truth - 1;
      rate.push_back(std::fabs(one.score.rate));
    }
    const double workers = number(one.label, "workers_that_fit");
    if (one.label.at("label") == "overcommit" && !std::isnan(workers)) {
      ++sized;
      const double wrong = static_cast<double>(one.verdict.workers_fit) - workers;
      one.score.workers = wrong;
      fit += wrong == 0 ? 1 : 0;
      near += std::fabs(wrong) <= 1 ? 1 : 0;
      if (misses && wrong != 0) {
        fmt::print("  {} {} fit {} not {}: plateau {:.0f} of {:.0f} MB, {} workers, quota {:.0f}\n",
                   one.label.at("file"), one.label.at("archetype"), one.verdict.workers_fit,
                   workers, one.verdict.plateau.value / 1e6, level / 1e6, one.verdict.workers,
                   one.verdict.quota / 1e6);
      }
    }
  }
  fmt::print(
      "plateau error p50 {:.1f} % p90 {:.1f} % ({} warming or over-committed); "
      "leak rate error p50 {:.1f} % ({})\nworkers that fit: exact {} of {}, within one {}\n",
      100 * quantile(plateau, 0.5), 100 * quantile(plateau, 0.9), plateau.size(),
      100 * quantile(rate, 0.5), rate.size(), fit, sized, near);
}

// What was true at a time, from the changes of one series.
const Change& truth_at(const std::vector<Change>& changes, double time) {
  const Change* last = &changes.front();
  for (const Change& change : changes) {
    if (change.time <= time) last = &change;
  }
  return *last;
}

// What was seen of one series over time, to ask what would have been said with another threshold.
struct Look {
  double hour = 0;    // after the leak began
  double margin = 0;  // evidence above what is wanted
  bool leak_now = false;
};
struct Watched {
  std::vector<Look> looks;
  double hours = 0;  // without a leak
  bool leaks = false;
  bool fast = false;
};

struct Looks {
  bool margins = false;          // wanted
  std::vector<Watched> watched;  // each series
  double hours = 0;              // observed, of those that are no leak at the time
  int false_alarms = 0;          // leak said at two looks running where there is none
  int false_series = 0;
  int leaks = 0;
  std::vector<double> to_detect;
  std::vector<double> to_detect_fast;
  std::vector<double> to_overcommit;
};

void look_at(Case& one, const std::vector<Change>& changes, Looks& looks, bool misses) {
  const double start = one.series.samples.front().time;
  const double end = one.series.samples.back().time;
  const double base = number(one.label, "plateau_mb");
  const double percent_per_day = 100 * 24 * number(one.label, "leak_mb_per_h") / base;
  const bool leaks = one.label.at("label") == "leak";
  const double onset =
      start +
      (std::isnan(number(one.label, "leak_onset_s")) ? 0 : number(one.label, "leak_onset_s"));
  Watched watched;
  watched.leaks = leaks;
  watched.fast = percent_per_day > 150;
  bool before = false;
  bool alarmed = false;
  bool detected = false;
  bool over = false;
  MemorySeries seen = one.series;
  for (const double hour : look_hours()) {
    const double time = start + hour * 3600;
    if (time > end) break;
    seen.samples.assign(
        one.series.samples.begin(),
        std::upper_bound(one.series.samples.begin(), one.series.samples.end(), time,
                         [](double t, const MemorySample& s) { return t < s.time; }));
    seen.events.clear();
    for (const SeriesEvent& event : one.series.events) {
      if (event.time <= time) seen.events.push_back(event);
    }
    const std::string said = kind_of(judge(seen));
    const Change& truth = truth_at(changes, time);
    const bool leak_now = truth.label == "leak" || accepted(truth.accept, "leak");
    const bool alarm = said == "leak";
    if (looks.margins) {
      const double margin = gather_evidence(seen, {}).leak.margin;
      watched.looks.push_back({(time - onset) / 3600, margin, leak_now});
    }
    if (alarm && before && !leak_now && !alarmed) {
      ++looks.false_alarms;
      alarmed = true;
      if (misses)
        fmt::print("  {} {} false leak alarm at {} h\n", one.label.at("file"),
                   one.label.at("archetype"), hour);
    }
    if (!leak_now && alarm && before) alarmed = true;
    if (leaks && alarm && before && !detected && time >= onset) {
      detected = true;
      one.score.found = (time - onset) / 3600;
      looks.to_detect.push_back(one.score.found);
      if (percent_per_day > 150) looks.to_detect_fast.push_back((time - onset) / 3600);
    }
    if (said == "overcommit" && one.label.at("label") == "overcommit" && !over) {
      over = true;
      looks.to_overcommit.push_back(hour);
    }
    before = alarm;
  }
  if (!leaks) looks.hours += std::min(72.0, (end - start) / 3600);
  if (leaks) looks.hours += std::min(72.0, (onset - start) / 3600);
  one.score.alarmed = alarmed;
  watched.hours = std::min(72.0, ((leaks ? onset : end) - start) / 3600);
  looks.watched.push_back(std::move(watched));
  looks.leaks += leaks ? 1 : 0;
  looks.false_series += alarmed ? 1 : 0;
}

// False alarms against the time until leaks are found and confirmed, by the evidence asked for.
void trade_off(const std::vector<Watched>& all) {
  fmt::print("evidence asked for: alarms in 100 h; leaks found, median hours; fast ones\n");
  for (const double more : {-3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0}) {
    double hours = 0;
    int alarms = 0;
    std::vector<double> found;
    std::vector<double> fast;
    for (const Watched& one : all) {
      hours += one.hours;
      bool alarmed = false;
      bool detected = false;
      for (std::size_t i = 1; i < one.looks.size(); ++i) {
        const Look& look = one.looks[i];
        if (look.margin <= more || one.looks[i - 1].margin <= more) continue;
        alarmed |= !look.leak_now;
        if (!one.leaks || detected || look.hour < 0) continue;
        detected = true;
        found.push_back(look.hour);
        if (one.fast) fast.push_back(look.hour);
      }
      alarms += alarmed ? 1 : 0;
    }
    fmt::print("  {:+.1f}: {:.3f}; {} {:.1f} h; {} {:.1f} h\n", more, 100 * alarms / hours,
               found.size(), quantile(found, 0.5), fast.size(), quantile(fast, 0.5));
  }
}

void over_time(std::vector<Case>& cases, TruthOverTime truth, bool misses, bool margins) {
  Looks looks;
  looks.margins = margins;
  for (Case& one : cases) look_at(one, truth[one.label.at("id")], looks, misses);
  fmt::print("false leak alarms, two looks running: {} in {:.0f} h = {:.2f} per 100 h\n",
             looks.false_alarms, looks.hours, 100 * looks.false_alarms / looks.hours);
  fmt::print(
      "leaks found {} of {}: median {:.1f} h after onset, p90 {:.1f} h; above 150 %/day {} "
      "median {:.1f} h\n",
      looks.to_detect.size(), looks.leaks, quantile(looks.to_detect, 0.5),
      quantile(looks.to_detect, 0.9), looks.to_detect_fast.size(),
      quantile(looks.to_detect_fast, 0.5));
  if (margins) trade_off(looks.watched);
  fmt::print("over-commitment known after: median {:.1f} h, p90 {:.1f} h ({})\n",
             quantile(looks.to_overcommit, 0.5), quantile(looks.to_overcommit, 0.9),
             looks.to_overcommit.size());
}

// Where the losses are, by kind of process.
void by_kind(const std::vector<Case>& cases) {
  std::map<std::string, std::vector<const Case*>> kinds;
  for (const Case& one : cases) kinds[one.label.at("archetype")].push_back(&one);
  fmt::print("\n{:22}{:>4}{:>6}{:>7}{:>6}{:>7}{:>9}{:>7}{:>7}{:>7}{:>8}\n", "kind", "n", "right",
             "alarms", "found", "hours", "plateau", "p50", "p90", "rate", "workers");
  for (const auto& [kind, all] : kinds) {
    std::map<std::string, std::vector<double>> numbers;
    int right = 0;
    int alarms = 0;
    int exact = 0;
    const auto add = [&](const char* name, double value) {
      if (!std::isnan(value)) numbers[name].push_back(value);
    };
    for (const Case* one : all) {
      const Score& score = one->score;
      right += score.right ? 1 : 0;
      alarms += score.alarmed ? 1 : 0;
      exact += score.workers == 0 ? 1 : 0;
      add("found", score.found);
      add("plateau", 100 * score.plateau);
      add("error", 100 * std::fabs(score.plateau));
      add("rate", 100 * std::fabs(score.rate));
      add("workers", score.workers);
    }
    fmt::print("{:22}{:4}{:6}{:7}{:6}{:7.1f}{:+9.1f}{:7.1f}{:7.1f}{:7.1f}{:>5}/{}\n", kind,
               all.size(), right, alarms, numbers["found"].size(), quantile(numbers["found"], 0.5),
               quantile(numbers["plateau"], 0.5), quantile(numbers["error"], 0.5),
               quantile(numbers["error"], 0.9), quantile(numbers["rate"], 0.5), exact,
               numbers["workers"].size());
  }
}

void speed(const std::vector<Case>& cases) {
  std::vector<double> milliseconds;
  double per_two_days = 0;
  for (const Case& one : cases) {
    double best = 1e9;
    for (int i = 0; i < 5; ++i) {
      // Of the processor: others may be at work on it.
      const std::clock_t begin = std::clock();
      const Verdict verdict = judge(one.series);
      const double took = 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
      if (verdict.samples > 0) best = std::min(best, took);
    }
    milliseconds.push_back(best);
    per_two_days = std::max(per_two_days, best);
  }
  fmt::print("one verdict: median {:.2f} ms, worst {:.2f} ms\n", quantile(milliseconds, 0.5),
             per_two_days);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    fmt::print(stderr,
               "usage: verdict_eval FOLDER [--misses] [--kinds] [--times] [--roc] [--speed] "
               "[--only I/N]\n");
    return 2;
  }
  const auto given = [&](const char* name) {
    return std::find(arguments.begin(), arguments.end(), name) != arguments.end();
  };
  std::size_t part = 0;
  std::size_t parts = 1;
  const auto only = std::find(arguments.begin(), arguments.end(), "--only");
  if (only != arguments.end() && only + 1 != arguments.end()) {
    const auto numbers = split(*(only + 1), '/');
    part = std::strtoul(numbers.front().c_str(), nullptr, 10);
    parts = std::max(1UL, std::strtoul(numbers.back().c_str(), nullptr, 10));
  }
  const auto value_of = [&](const char* name) {
    const auto at = std::find(arguments.begin(), arguments.end(), name);
    return at == arguments.end() || at + 1 == arguments.end() ? std::string() : *(at + 1);
  };
  const std::string& folder = arguments.front();
  const std::size_t sets = std::strtoul(value_of("--generated").c_str(), nullptr, 10);
  TruthOverTime truth;
  std::vector<Case> cases;
  if (sets > 0) {
    cases = generate(sets, std::strtoul(value_of("--seed").c_str(), nullptr, 10),
                     value_of("--kind"), truth);
  } else {
    cases = load(folder, part, parts, 1);
    if (given("--times")) truth = read_truth(folder);
  }
  confusion(cases, "label", given("--misses"));
  forecasts(cases, given("--misses"));
  if (given("--speed")) speed(cases);
  if (given("--times")) {
    over_time(cases, std::move(truth), given("--misses"), given("--roc"));
  }
  if (given("--kinds")) by_kind(cases);
  std::ifstream real(folder + "/real/labels.csv");
  if (sets == 0 && real.good()) {
    fmt::print("\nmeasured processes, 1 s read as 60 s\n");
    auto measured = load(folder + "/real", 0, 1, 60);
    confusion(measured, "truth", given("--misses"));
  }
  return 0;
}
