// `tidemark simulate`: what memory does when threads serve requests, without any leak or with one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/load_series.h"
#include "cli/model_options.h"
#include "cli/print_error.h"
#include "cli/series_options.h"
#include "cli/write_file.h"
#include "report/fit_report.h"
#include "report/simulation_data.h"
#include "report/simulation_picture.h"
#include "report/simulation_text.h"
#include "report/wrap.h"
#include "simulate/model_fit.h"
#include "simulate/simulation.h"

namespace tidemark {
namespace {

constexpr double kWorthSaying = 0.01;  // chance to pass the quota, for exit code 3

struct SimulateArguments {
  MixOptions mix;
  bool article = false;
  std::size_t processes = 1;
  std::size_t threads = 1;
  std::uint64_t requests = 0;
  std::string hours;
  std::string pause;
  bool replay = false;
  std::vector<std::string> bursts;
  std::string base, shared, leak, cache, quota;
  double gives_back = 0;
  std::string ratchet = "heap";
  std::string recycle;
  std::size_t runs = 0;
  std::uint64_t seed = 1;
  unsigned jobs = default_threads();
  std::string from;
  std::vector<std::string> names;
  std::string svg, png;
  CommonOptions common;
};

std::unexpected<Error> refuse(const std::string& message, const std::string& hint) {
  return fail(ErrorCode::kUsage, message, hint);
}

std::optional<std::uint64_t> whole(const std::string& text) {
  if (text.empty() || text.size() > 12) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

Result<void> set_ratchet(const std::string& text, ServerModel& model) {
  const auto parts = parts_of(text);
  const std::uint64_t number = parts.size() == 2 ? whole(parts[1]).value_or(0) : 0;
  if (text == "heap") {
    model.ratchet = Ratchet::kHeap;
  } else if (text == "none") {
    model.ratchet = Ratchet::kNone;
  } else if (text == "process") {
    model.processes *= model.threads;
    model.threads = 1;
  } else if ((parts[0] == "arena" || parts[0] == "arenas") && number >= 1) {
    model.ratchet = Ratchet::kArenas;
    model.arenas = number;
  } else {
    return refuse(fmt::format("--ratchet: '{}' is none of heap, arenas:N, process, none", text),
                  "arenas:2 is what MALLOC_ARENA_MAX=2 sets");
  }
  return {};
}

Result<void> set_recycle(const std::string& text, ServerModel& model) {
  if (text.empty()) return {};
  if (const auto requests = whole(text)) {
    model.recycle_requests = *requests;
    return {};
  }
  const auto seconds = seconds_option(text, "--recycle");
  if (!seconds)
    return refuse(fmt::format("--recycle: '{}' is neither a number of requests nor a time", text),
                  "for instance --recycle 10000 or --recycle 12h");
  model.recycle_seconds = *seconds;
  return {};
}

// SIZE:ENTRIES[:KEYS]
Result<void> set_cache(const std::string& text, ServerModel& model) {
  if (text.empty()) return {};
  const auto parts = parts_of(text);
  const auto bytes = size_option(parts[0], "--cache");
  if (!bytes) return std::unexpected(bytes.error());
  const std::uint64_t entries = parts.size() > 1 ? whole(parts[1]).value_or(0) : 0;
  const std::uint64_t keys = parts.size() > 2 ? whole(parts[2]).value_or(0) : entries;
  if (entries == 0 || keys == 0 || parts.size() > 3) {
    return refuse(fmt::format("--cache: '{}' cannot be understood", text),
                  "SIZE:ENTRIES or SIZE:ENTRIES:KEYS, for instance 20kB:5000:80000");
  }
  model.cache = {*bytes, static_cast<double>(entries), static_cast<double>(keys)};
  return {};
}

// COUNT:EVERY[:ENDPOINT]
Result<void> add_burst(const std::string& text, ServerModel& model) {
  const auto parts = parts_of(text);
  const auto count = whole(parts[0]);
  Burst burst;
  const auto every = parts.size() > 1 ? seconds_option(parts[1], "--burst") : Result<double>(0);
  if (!count || !every || *every <= 0) {
    return refuse(fmt::format("--burst: '{}' cannot be understood", text),
                  "COUNT:EVERY or COUNT:EVERY:ENDPOINT, for instance 20:1h:report");
  }
  burst.count = *count;
  burst.every = *every;
  if (parts.size() > 2) {
    const std::string name = text.substr(parts[0].size() + parts[1].size() + 2);
    for (std::size_t i = 0; i < model.mix.endpoints.size(); ++i) {
      if (model.mix.endpoints[i].name == name) burst.endpoint = i;
    }
    if (burst.endpoint == SIZE_MAX) {
      return refuse(fmt::format("--burst: there is no endpoint '{}'", name), "see --endpoint");
    }
  }
  model.bursts.push_back(burst);
  return {};
}

Result<void> set_memory(const SimulateArguments& arguments, ServerModel& model) {
  struct Size {
    const std::string& text;
    const char* name;
    double& bytes;
  };
  for (const Size& size : {Size{arguments.base, "--base", model.base},
                           Size{arguments.shared, "--shared", model.shared},
                           Size{arguments.leak, "--leak", model.leak},
                           Size{arguments.quota, "--quota", model.quota}}) {
    const auto bytes = size_option(size.text, size.name);
    if (!bytes) return std::unexpected(bytes.error());
    size.bytes = *bytes;
  }
  model.gives_back = arguments.gives_back / 100;
  if (auto set = set_cache(arguments.cache, model); !set) return set;
  if (auto set = set_recycle(arguments.recycle, model); !set) return set;
  return set_ratchet(arguments.ratchet, model);
}

Result<void> set_arrivals(const SimulateArguments& arguments, const ReadMix& read,
                          ServerModel& model) {
  const auto seconds = seconds_option(arguments.hours, "--hours");
  const auto hours = whole(arguments.hours);
  if (hours) {
    model.seconds = static_cast<double>(*hours) * 3600;
  } else if (!seconds) {
    return std::unexpected(seconds.error());
  } else {
    model.seconds = *seconds;
  }
  if (arguments.replay) {
    if (read.log.size() < 2) {
      return refuse("--replay needs a --log whose requests have times", "a column 'at' or 'time'");
    }
    model.arrivals = Arrivals::kReplay;
    model.log = read.log;
    return {};
  }
  if (!arguments.mix.rate.empty()) {
    const auto rate = parse_rate(arguments.mix.rate);
    if (!rate) return std::unexpected(rate.error());
    model.rate = *rate;
  } else if (read.log_rate > 0) {
    model.rate = read.log_rate;
  }
  if (model.rate > 0) {
    if (arguments.requests > 0 || !arguments.pause.empty()) {
      return refuse("--requests and --pause belong to threads that go on at once, not to --rate",
                    "say how long with --hours");
    }
    model.arrivals = Arrivals::kPoisson;
    if (model.seconds <= 0) model.seconds = 86400;
  } else {
    model.requests_per_thread = arguments.requests;
    if (model.requests_per_thread == 0 && model.seconds <= 0) model.requests_per_thread = 1000;
    if (!arguments.pause.empty()) {
      auto pause = parse_distribution(arguments.pause, Quantity::kSeconds, "--pause");
      if (!pause) return std::unexpected(pause.error());
      model.pauses.push_back(std::move(*pause));
    }
  }
  for (const std::string& burst : arguments.bursts) {
    if (model.arrivals != Arrivals::kPoisson)
      return refuse("--burst needs a --rate", "for instance --rate 5");
    if (auto added = add_burst(burst, model); !added) return added;
  }
  return {};
}

Result<ServerModel> make_model(const SimulateArguments& arguments, Monitor& monitor) {
  ServerModel model;
  ReadMix read;
  if (arguments.article) {
    if (arguments.mix.given() || !arguments.pause.empty()) {
      return refuse("--article already says what requests there are", "leave out the others");
    }
    model = article_model(1, 0);
    read.mix = model.mix;
  } else {
    auto mix = read_mix(arguments.mix, monitor);
    if (!mix) return std::unexpected(mix.error());
    if (!arguments.from.empty() && !arguments.mix.given()) {
      // Their sizes are fitted; their proportions are those of a usual app.
      mix->mix = usual_mix();
      mix->has_peaks = true;
    }
    if (!mix->has_peaks) {
      return refuse("how much memory requests need is not known",
                    "say it with --peak 20MB/60MB (p50/p99) or --endpoint, or take --article");
    }
    read = std::move(*mix);
    model.mix = read.mix;
  }
  model.processes = arguments.processes;
  model.threads = arguments.threads;
  if (auto set = set_arrivals(arguments, read, model); !set) return std::unexpected(set.error());
  if (auto set = set_memory(arguments, model); !set) return std::unexpected(set.error());
  if (auto checked = model.check(); !checked) return std::unexpected(checked.error());
  return model;
}

std::string next_step(const Simulation& simulation) {
  if (!simulation.crossing) {
    return "Next: the odds against a quota, or how many workers and threads fit\n"
           "  tidemark simulate ... --quota 512MB\n";
  }
  return "Next: the picture of it, to look at and to show\n  tidemark simulate ... --svg "
         "memory.svg\n";
}

// Requests a second of the series; 0 where it does not tell.
double measured_rate(const MemorySeries& series) {
  double requests = 0;
  for (const MemorySample& sample : series.samples) {
    if (std::isfinite(sample.requests)) requests += sample.requests;
  }
  const double span =
      series.samples.empty() ? 0 : series.samples.back().time - series.samples.front().time;
  return span > 0 ? requests / span : 0;
}

struct Fitted {
  ModelFit fit;
  std::string name;
};

// Fits to the series of the input that is largest, and puts what was found into the model.
Result<Fitted> fit_to_series(const SimulateArguments& arguments, ServerModel& model,
                             Monitor& monitor) {
  auto set = load_series(arguments.from, {}, monitor);
  if (!set) return std::unexpected(set.error());
  if (const auto prepared = prepare_series(*set, {}, arguments.names); !prepared) {
    return std::unexpected(prepared.error());
  }
  const MemorySeries* series = nullptr;
  double most = -1;
  for (const MemorySeries& one : set->series) {
    if (one.kind == MemoryKind::kHeapAfterGc || one.samples.empty()) continue;
    if (one.samples.back().bytes <= most) continue;
    most = one.samples.back().bytes;
    series = &one;
  }
  if (series == nullptr) return fail(ErrorCode::kNotFound, "no series holds any memory");
  const double rate = measured_rate(*series);
  const bool told = !arguments.mix.rate.empty();
  if (!told && rate > 0) model.rate = rate;
  const bool known = told || rate > 0;
  const bool shortened =
      known && !arguments.mix.given() && shorten_taken_times(model.mix, model.rate, model.slots());
  // What is given as --base and --shared stays; else it is fitted.
  auto fit = fit_model(*series, model, known);
  if (!fit) return std::unexpected(fit.error());
  if (shortened) {
    fit->notes.push_back(fmt::format(
        "{:.3g} requests a second come, so they are taken to need {} on average: threads are then "
        "half busy; --time says it.",
        model.rate, span_words(model.mix.mean_seconds())));
  }
  model.arrivals = Arrivals::kPoisson;
  model.rate = fit->rate;
  model.requests_per_thread = 0;
  if (model.seconds <= 0) model.seconds = 86400;
  model.base = fit->base / static_cast<double>(model.processes);
  model.shared = 0;
  model.mix = model.mix.scaled(std::max(fit->factor, 1e-6));
  model.leak = fit->growth / 3600 / model.rate;
  if (model.quota <= 0) model.quota = series->quota;
  if (auto checked = model.check(); !checked) return std::unexpected(checked.error());
  return Fitted{std::move(*fit), series->name};
}

int answer(const CommandContext& context, const SimulateArguments& arguments) {
  TerminalMonitor monitor(arguments.common.progress);
  auto model = make_model(arguments, monitor);
  if (!model) return context.messages.give_up(model.error());
  std::optional<Fitted> fitted;
  if (!arguments.from.empty()) {
    auto fit = fit_to_series(arguments, *model, monitor);
    if (!fit) return context.messages.give_up(fit.error());
    fitted = std::move(*fit);
  }
  const auto simulation = simulate(
      *model, {.seed = arguments.seed, .runs = arguments.runs, .threads = arguments.jobs}, monitor);
  if (!simulation) return context.messages.give_up(simulation.error());
  if (!arguments.svg.empty() || !arguments.png.empty()) {
    const auto written = write_picture(
        fitted ? fit_picture(fitted->fit, fitted->name) : simulation_picture(*simulation),
        arguments.svg, arguments.png);
    if (!written) return context.messages.give_up(written.error());
  }
  switch (arguments.common.format) {
    case OutputFormat::kJson:
      write_simulation_json(context.out, *simulation, arguments.seed,
                            fitted ? &fitted->fit : nullptr);
      break;
    case OutputFormat::kCsv:
      write_simulation_csv(context.out, *simulation);
      break;
    case OutputFormat::kText:
      if (fitted) context.out.write(fit_report(fitted->fit, fitted->name));
      context.out.write(simulation_report(*simulation, arguments.common.style()));
      context.out.write("\n" + next_step(*simulation));
  }
  const bool crosses = simulation->crossing && simulation->crossing->chance > kWorthSaying;
  return context.out.finish(crosses ? kExitFound : kExitDone);
}

void add_server_options(Options& app, SimulateArguments& arguments) {
  const auto add = [&](const char* name, auto& value, const char* of, const char* help) {
    return app.add_option(name, value, help).option_text(of).take_last().group("Server");
  };
  add("--processes", arguments.processes, "N", "worker processes (default: 1)")
      .check(whole_number(1, 1000));
  add("--threads", arguments.threads, "N", "threads of each process (default: 1)")
      .check(whole_number(1, 1000));
  add("--base", arguments.base, "SIZE", "memory of a process before any request (default: 0)");
  add("--shared", arguments.shared, "SIZE", "memory that all processes share (default: 0)");
  add("--ratchet", arguments.ratchet, "WHO",
      "who keeps freed memory: heap (a process; the default), arenas:N of each process "
      "(MALLOC_ARENA_MAX), process (each thread is one), none");
  add("--gives-back", arguments.gives_back, "N",
      "per cent of freed memory that goes back to the system (default: 0)");
  add("--leak", arguments.leak, "SIZE", "memory that each request leaves behind for good");
  add("--cache", arguments.cache, "CACHE",
      "a cache in each process: SIZE:ENTRIES[:KEYS], the size of an entry, how many it holds, and "
      "from how many keys requests choose");
  add("--recycle", arguments.recycle, "N|TIME",
      "replace a process after so many requests (10000) or so long (12h)");
  add("--quota", arguments.quota, "SIZE", "memory that may be used: 512MB, 1GiB");
}

void add_run_options(Options& app, SimulateArguments& arguments) {
  app.add_option("--requests", arguments.requests,
                 "requests of each thread, one after the other (default: 1,000, without --rate)")
      .option_text("N")
      .check(whole_number(1, 1000000000000))
      .take_last();
  app.add_option("--hours", arguments.hours, "how long: 24, 90m, 7d (default with --rate: 24)")
      .option_text("N")
      .take_last();
  app.add_option("--runs", arguments.runs,
                 "simulate so often, for the spread; chances are counted too")
      .option_text("N")
      .check(whole_number(1, 1000000))
      .take_last();
  app.add_option("--seed", arguments.seed, "another run of chance (default: 1)")
      .option_text("N")
      .check(whole_number())
      .take_last();
  app.add_option("--jobs", arguments.jobs, "cores to use (default: all); the answer is the same")
      .option_text("N")
      .check(whole_number(1, 1024))
      .take_last();
  app.add_option(
         "--from", arguments.from,
         "fit base, sizes and pace to this series first (a log, a CSV, a history; see verdict), "
         "and draw the fit over it")
      .option_text("SERIES")
      .take_last();
  app.add_option("--only", arguments.names, "of --from, these series only, by name (web.1)")
      .option_text("NAME");
  app.add_option("--svg", arguments.svg, "draw it as SVG").option_text("FILE");
  app.add_option("--png", arguments.png, "the same as PNG").option_text("FILE");
}

void add_more_requests(Options& app, SimulateArguments& arguments) {
  constexpr const char* kGroup = "Requests";
  app.add_flag("--article", arguments.article,
               "the requests of schneems/simulate_ruby_web_memory_use; a unit is shown as 1 MB, a "
               "tick as 10 ms")
      .group(kGroup);
  app.add_option("--pause", arguments.pause, "between the requests of a thread, without --rate")
      .option_text("TIME")
      .take_last()
      .group(kGroup);
  app.add_option("--burst", arguments.bursts,
                 "so many at once, again and again, beside --rate: 20:1h or 20:1h:ENDPOINT")
      .option_text("COUNT:EVERY")
      .take_all()
      .group(kGroup);
  app.add_flag("--replay", arguments.replay, "the requests of --log at the times it says")
      .group(kGroup);
}

}  // namespace

int run_simulate(const CommandContext& context) {
  CommandParser parser(
      context,
      "Simulates memory: each thread serves one request after the other, a request needs more and "
      "more until its end and frees it then, and the server keeps the most that it ever needed. "
      "Says which level it climbs to, how fast, with which odds to pass a quota; by the law of the "
      "high-water mark where that holds, else by many runs.");
  SimulateArguments arguments;
  add_run_options(parser.options(), arguments);
  add_mix_options(parser.options(), arguments.mix);
  add_more_requests(parser.options(), arguments);
  add_server_options(parser.options(), arguments);
  parser.add_common_options(
      arguments.common, {.formats = {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kCsv},
                         .reads_dumps = false});
  parser.note("The exit code is 3 when the chance to pass the quota is above 1 in 100.");
  parser.example("tidemark simulate --article --threads 2 --requests 1000",
                 "why memory doubles with two threads, or nearly");
  parser.example(
      "tidemark simulate --threads 5 --rate 5 --time 80ms/2s --peak 8MB/150MB --base 120MB",
      "a Puma process for a day");
  parser.example(
      "tidemark simulate --processes 3 --rate 3 --log requests.csv --quota 1GB --runs 200",
      "three workers on the requests of a log, and the odds");
  parser.example("tidemark simulate --from memory.csv --threads 5 --png fit.png",
                 "do requests explain the climb that was measured?");
  if (const auto exit_code = parser.parse()) return *exit_code;
  return answer(context, arguments);
}

}  // namespace tidemark
