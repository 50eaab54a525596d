// Does the app leak under load, how much for each request, and who holds it? One run: the app is
// started (or attached to), sent requests, measured at rest after each step, its heap is taken as
// it grows, and the answer is drawn.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "answers/heap/suspects.h"
#include "answers/reproduce/app_request.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "reproduce/reproduction.h"
#include "schema/fields.h"

namespace tidemark {

struct ReproduceRequest {
  AppRequest app;
  std::uint64_t step_bytes = 0;  // a step also takes growth of so much; 0: requests alone
  std::size_t dumps = 0;         // 0: 3 of Ruby, 6 of Node.js
  bool keep_dumps = true;        // in the folder
  TraceChoice trace = TraceChoice::kAuto;
  std::string compare;                      // the report.json of an earlier run; may be empty
  std::optional<std::uint64_t> max_growth;  // bytes for each 1,000 requests that may be kept
  std::optional<std::uint64_t> quota;       // bytes, to say how many workers fit
};

// What `tidemark verdict` says of all samples, a second read as a minute.
struct CurveVerdict {
  VerdictKind kind = VerdictKind::kInsufficient;
  double leak_odds = 0;  // that it leaks
};

struct NewThreads {
  std::string name;  // that most of them have
  std::uint32_t count = 0;
};

// Memory while the app ran, as `tidemark verdict` reads it.
struct RunSample {
  double time = 0;  // seconds since 1970
  std::int64_t bytes = 0;
  std::optional<std::int64_t> requests{};  // since the one before
  std::uint32_t workers = 0;
};

struct MeasuredRun {
  std::string program;  // "Ruby 3.1.2"; empty: neither Ruby nor Node.js
  std::string title;    // of the process
  std::uint16_t port = 0;
  bool traced = false;
  bool interrupted = false;
  std::optional<std::string> ended;  // the app ended by itself: how
  std::uint64_t warmup_requests = 0;
  Conclusion conclusion;
  LoadTotals load;
  std::vector<MeasuredPoint> points;
  std::optional<CurveVerdict> curve;  // none: less than 45 seconds
  std::optional<NewThreads> new_threads;
  std::vector<std::string> native_modules;
  std::vector<std::string> notes;
  std::vector<RunSample> samples;
  std::optional<SuspectsAnswer> suspects;  // of its dumps; none: fewer than two
  // How many more members the first of them has with each request.
  std::optional<double> first_suspect_members_per_request;
};

struct WorkersThatFit {
  double memory_bytes = 0;
  std::uint64_t workers = 0;
};

// Of the growth, with a limit: what was asked for, or what an earlier run kept.
struct GrowthComparison {
  struct Before {
    std::string file;
    std::optional<Outcome> outcome;
    Estimate growth;   // bytes for each 1,000 requests
    double level = 0;  // bytes at rest
    double peak = 0;
    double requests_per_second = 0;
    double p99_seconds = 0;
  };
  std::optional<Before> before;
  double limit = 0;       // bytes for each 1,000 requests
  bool exceeded = false;  // the whole interval of the growth lies above
};

struct ReproduceAnswer {
  std::vector<Notice> notices;
  std::vector<std::string> command;  // empty: attached to a process
  std::string folder;                // as asked for
  std::vector<std::string> files;    // that were left in it: dumps, the app's output
  MeasuredRun run;
  std::optional<MeasuredRun> traced_run;  // the second one, for the lines of code
  std::optional<double> quota;            // bytes, as asked for or as the system allows
  std::vector<WorkersThatFit> fits;       // in the quota, or in sizes that platforms sell
  std::optional<GrowthComparison> comparison;
};

// Something to act on: growth above the limit, or, where none was asked for, a leak.
bool is_alarming(const ReproduceAnswer& answer);

// Cancelling concludes with what there is. Errors: those of prepare() and read_baseline(); when the
// app does not start or does not answer; all else that goes wrong is in the notes. One at a time.
Result<ReproduceAnswer> answer(const ReproduceRequest& request, Monitor& monitor);

void describe(Fields& fields, const ReproduceAnswer& answer);
void describe(Fields& fields, const RunSample& sample);

template <>
inline constexpr auto kWordsOf<Outcome> = std::to_array<WordOf<Outcome>>({
    {Outcome::kLeak, "leak", "live objects grow with every request"},
    {Outcome::kThreads, "thread_growth", "threads are started and never end"},
    {Outcome::kNative, "native_growth", "the process grows, and its heap does not"},
    {Outcome::kLevelsOff, "levels_off", "it rose and has come, or comes, to an end"},
    {Outcome::kBloat, "bloat", "it came at once"},
    {Outcome::kSteady, "steady", "no growth"},
    {Outcome::kNotEnough, "not_enough", "too few requests, or nothing to measure"},
});

}  // namespace tidemark
