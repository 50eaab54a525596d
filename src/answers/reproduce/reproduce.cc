#include "answers/reproduce/reproduce.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "reproduce/baseline.h"

namespace tidemark {
namespace {

std::vector<RunSample> samples_of(const MemorySeries& series) {
  std::vector<RunSample> out;
  out.reserve(series.samples.size());
  for (const MemorySample& sample : series.samples) {
    RunSample row{
        .time = sample.time, .bytes = std::llround(sample.bytes), .workers = sample.workers};
    if (std::isfinite(sample.requests)) row.requests = std::llround(sample.requests);
    out.push_back(row);
  }
  return out;
}

std::optional<double> members_per_request(const DumpSuspects& dumps, std::size_t workers) {
  if (dumps.found.suspects.empty()) return std::nullopt;
  const std::vector<std::uint64_t>& counts = dumps.found.suspects.front().counts;
  if (counts.size() != dumps.requests.size() || counts.size() < 2) return std::nullopt;
  const double requests = static_cast<double>(dumps.requests.back() - dumps.requests.front()) /
                          static_cast<double>(std::max<std::size_t>(1, workers));
  const double members = static_cast<double>(counts.back()) - static_cast<double>(counts.front());
  if (requests <= 0 || members <= 0) return std::nullopt;
  return members / requests;
}

void add_suspects(MeasuredRun& out, const DumpSuspects& dumps, const std::string& folder) {
  constexpr bool kSourceLines = true;
  out.suspects = suspects_answer(dumps.found, dumps.graph, dumps.dominators, {}, kSourceLines);
  for (const std::string& name : dumps.dumps) out.suspects->dumps.push_back(folder + "/" + name);
  out.first_suspect_members_per_request = members_per_request(dumps, out.conclusion.workers);
}

MeasuredRun measured(ReproducedRun run, const std::string& folder) {
  MeasuredRun out{.program = std::move(run.program),
                  .title = std::move(run.title),
                  .port = run.server.port,
                  .traced = run.traced,
                  .interrupted = run.interrupted,
                  .ended = std::move(run.ended),
                  .warmup_requests = run.warmup_requests,
                  .conclusion = run.conclusion,
                  .load = std::move(run.load),
                  .points = std::move(run.points),
                  .curve = {},
                  .new_threads = {},
                  .native_modules = std::move(run.native_modules),
                  .notes = std::move(run.notes),
                  .samples = samples_of(run.series),
                  .suspects = {},
                  .first_suspect_members_per_request = {}};
  if (run.curve) {
    out.curve = {.kind = run.curve->kind, .leak_odds = run.curve->leak_probability};
  }
  if (run.suspects != nullptr) add_suspects(out, *run.suspects, folder);
  auto [name, count] = most_new_threads(out.points);
  if (count > 0) out.new_threads = {.name = std::move(name), .count = count};
  return out;
}

// Dumps that were kept, and the app's output, of each run.
std::vector<std::string> files_of(const ReproduceAnswer& answer) {
  std::vector<std::string> out;
  const auto add = [&](const MeasuredRun& run, const std::string& log) {
    for (const MeasuredPoint& point : run.points) {
      if (!point.dump.empty()) out.push_back(point.dump);
    }
    if (!answer.command.empty()) out.push_back(log);
  };
  add(answer.run, "app.log");
  if (answer.traced_run) add(*answer.traced_run, "traced-app.log");
  return out;
}

// In the quota, or in the sizes that platforms sell.
std::vector<WorkersThatFit> workers_that_fit(const Conclusion& c, std::optional<double> quota) {
  if (c.per_worker <= 0) return {};
  std::vector<WorkersThatFit> out;
  const auto add = [&](double room) {
    const double workers = std::max(0.0, std::floor(0.95 * room / c.per_worker));
    out.push_back({.memory_bytes = room, .workers = static_cast<std::uint64_t>(workers)});
  };
  if (quota) {
    add(*quota);
  } else {
    for (const double room : {512e6, 1024e6, 2560e6}) add(room);
  }
  return out;
}

std::optional<GrowthComparison> compared(const ReproduceRequest& request,
                                         const std::optional<Baseline>& before,
                                         const Conclusion& now) {
  if (!before && !request.max_growth) return std::nullopt;
  std::optional<double> most;
  if (request.max_growth) most = static_cast<double>(*request.max_growth);
  const ComparisonResult result = compare_growth(before ? &*before : nullptr, now, most);
  GrowthComparison out{.before = {}, .limit = result.limit, .exceeded = result.exceeded};
  if (before) {
    out.before = {.file = before->path,
                  .outcome = value_for<Outcome>(before->outcome),
                  .growth = before->growth_per_1000,
                  .level = before->level,
                  .peak = before->peak,
                  .requests_per_second = before->requests_per_second,
                  .p99_seconds = before->p99_seconds};
  }
  return out;
}

}  // namespace

bool is_alarming(const ReproduceAnswer& answer) {
  return answer.comparison ? answer.comparison->exceeded : is_leak(answer.run.conclusion.outcome);
}

Result<ReproduceAnswer> answer(const ReproduceRequest& request, Monitor& monitor) {
  std::optional<Baseline> before;
  if (!request.compare.empty()) {
    auto read = read_baseline(request.compare);
    if (!read) return std::unexpected(read.error());
    before = std::move(*read);
  }
  auto prepared = prepare(request.app);
  if (!prepared) return std::unexpected(prepared.error());
  ReproduceSettings& settings = prepared->settings;
  settings.step_bytes = static_cast<double>(request.step_bytes);
  settings.dumps = request.dumps;
  settings.keep_dumps = request.keep_dumps;
  settings.trace = request.trace;
  auto found = reproduce(settings, monitor);
  if (!found) return std::unexpected(found.error());
  // Where nothing limits the app the system's whole memory is its quota: that says little.
  constexpr double kNoQuota = 1e11;
  const double allowed = found->run.series.quota;
  ReproduceAnswer out;
  out.notices = std::move(prepared->notices);
  out.command = request.app.command;
  out.folder = std::move(prepared->folder);
  if (request.quota) {
    out.quota = static_cast<double>(*request.quota);
  } else if (allowed > 0 && allowed < kNoQuota) {
    out.quota = allowed;
  }
  out.run = measured(std::move(found->run), out.folder);
  if (found->traced != nullptr) {
    out.traced_run = measured(std::move(*found->traced), out.folder);
  }
  out.files = files_of(out);
  out.fits = workers_that_fit(out.run.conclusion, out.quota);
  out.comparison = compared(request, before, out.run.conclusion);
  return out;
}

}  // namespace tidemark
