#include "answers/series/watch.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "answers/series/recorder.h"
#include "answers/series/watch_source.h"
#include "verdict/follower.h"
#include "verdict/heap_beside.h"

namespace tidemark {
namespace {

constexpr double kRecordSeconds = 5;  // what kill -9 may cost
constexpr std::size_t kMostNotices = 20;

class Watch {
 public:
  Watch(const WatchRequest& request, WatchSource& source, WatchClock& clock,
        WatchListener& listener, std::optional<Recorder> recorder)
      : request_(request),
        source_(source),
        clock_(clock),
        listener_(listener),
        recorder_(std::move(recorder)),
        follower_({.quota = request.quota_bytes,
                   .speedup = request.speedup,
                   .restarts_known = source.knows_restarts()}),
        heap_follower_({.speedup = request.speedup, .restarts_known = true}) {}

  VerdictAnswer run(const Monitor& monitor);

 private:
  void judge_so_far();
  void look(bool last);
  void tell_changes(const WatchLook& now);
  void record(bool last);
  void fail(std::string code, const Error& error, const std::string& then);
  void say_why_no_heap();

  const WatchRequest& request_;
  WatchSource& source_;
  WatchClock& clock_;
  WatchListener& listener_;
  std::optional<Recorder> recorder_;
  double recorded_ = 0;
  VerdictFollower follower_;
  VerdictFollower heap_follower_;
  JudgedSeries judged_;
  std::size_t events_told_ = 0;
  std::optional<VerdictKind> verdict_before_;
  std::optional<bool> running_before_;
  std::vector<Notice> notices_;
};

void Watch::judge_so_far() {
  MemorySeries& total = judged_.series;
  total = source_.total();
  if (request_.quota_bytes > 0) total.quota = request_.quota_bytes;
  if (request_.workers > 0) {
    for (MemorySample& sample : total.samples) sample.workers = request_.workers;
  }
  judged_.verdict = follower_.update(total);
  const HeapSampler* const heap = source_.heap();
  if (heap != nullptr && !heap->total().samples.empty()) {
    weigh_heap(judged_.verdict, heap_follower_.update(heap->total()));
  }
}

void Watch::tell_changes(const WatchLook& now) {
  const auto& events = judged_.series.events;
  for (; events_told_ < events.size(); ++events_told_) {
    listener_.happened({judged_.series.name, events[events_told_]});
  }
  if (running_before_ && *running_before_ != now.running) {
    listener_.target_changed({.time = now.time, .title = now.title, .running = now.running});
  }
  running_before_ = now.running;
  if (verdict_before_ && *verdict_before_ != now.verdict) {
    listener_.verdict_changed({.time = now.time,
                               .title = now.title,
                               .before = *verdict_before_,
                               .after = now.verdict,
                               .confidence = now.confidence});
  }
  verdict_before_ = now.verdict;
}

void Watch::look(bool last) {
  judge_so_far();
  WatchLook now;
  now.time = clock_.now();
  source_.fill(now);
  if (!judged_.series.samples.empty()) now.bytes = judged_.series.samples.back().bytes;
  now.quota = judged_.series.quota;
  now.verdict = judged_.verdict.kind;
  now.confidence = judged_.verdict.confidence;
  now.last = last;
  tell_changes(now);
  listener_.looked(now, judged_);
}

void Watch::fail(std::string code, const Error& error, const std::string& then) {
  const Notice notice{.code = std::move(code),
                      .message = error.message + then,
                      .file = error.file,
                      .offset = {},
                      .hint = error.hint};
  listener_.failed(notice);
  const bool known =
      std::ranges::find(notices_, notice.message, &Notice::message) != notices_.end();
  if (!known && notices_.size() < kMostNotices) notices_.push_back(notice);
}

void Watch::record(bool last) {
  const double now = clock_.now();
  if (!recorder_ || (!last && now - recorded_ < kRecordSeconds)) return;
  recorded_ = now;
  const auto check = [&](const Result<void>& done) {
    if (!done) fail("not_recorded", done.error(), "; going on without, and trying again");
  };
  for (const MemorySeries* series : source_.series()) check(recorder_->add(*series));
  check(recorder_->tidy(now));
}

void Watch::say_why_no_heap() {
  const HeapSampler* const heap = source_.heap();
  if (heap == nullptr || !heap->total().samples.empty()) return;
  Error error{.code = ErrorCode::kUnsupported,
              .message = "no heap was read: it takes a Ruby or Node.js process",
              .file = {},
              .offset = {},
              .hint = {}};
  if (!heap->failure().empty()) error.message = heap->failure();
  fail("no_heap", error, {});
}

VerdictAnswer Watch::run(const Monitor& monitor) {
  const double begin = clock_.steady();
  double next = begin;
  bool more = true;
  while (more && !monitor.cancelled()) {
    more = source_.look(next, monitor);
    const double now = clock_.steady();
    // Late by a few looks, for instance after the machine slept: no hurry to make up for them.
    next = std::max(next + request_.every_seconds, now);
    const bool over = now - begin >= request_.for_seconds;
    look(!more || over);
    record(false);
    if (over) break;
  }
  record(true);
  say_why_no_heap();
  judged_.attribution = attribute_growth(judged_.series, judged_.verdict);
  std::vector<JudgedSeries> judged;
  judged.push_back(std::move(judged_));
  VerdictAnswer out = conclude(request_.target, std::move(judged));
  out.notices = std::move(notices_);
  return out;
}

}  // namespace

Result<VerdictAnswer> answer(const WatchRequest& request, WatchListener& listener, Monitor& monitor,
                             const WatchSurroundings& surroundings) {
  std::optional<Recorder> recorder;
  if (!request.record.empty()) {
    auto opened = Recorder::open(request.record);
    if (!opened) return std::unexpected(opened.error());
    recorder = std::move(*opened);
  }
  SystemWatchClock system;
  WatchClock& clock = surroundings.clock != nullptr ? *surroundings.clock : system;
  if (request.target == "-") {
    LogSource source(surroundings.log, request.only, clock);
    auto watched = Watch(request, source, clock, listener, std::move(recorder)).run(monitor);
    if (!source.total().samples.empty() || monitor.cancelled()) return watched;
    // A watch that saw nothing has nothing to say of memory.
    Error error = source.why_not();
    if (error.message.empty()) {
      error = {.code = ErrorCode::kNotADump,
               .message = "nothing in it tells of memory",
               .file = {},
               .offset = {},
               .hint = "the layouts that are read: tidemark verdict --help"};
    }
    error.file = request.target;
    return std::unexpected(error);
  }
  auto sampler = ProcessSampler::follow(
      request.target, {.host = surroundings.host, .self = static_cast<int>(getpid())});
  if (!sampler) return std::unexpected(sampler.error());
  ProcessSource source(std::move(*sampler), request.heap, clock);
  return Watch(request, source, clock, listener, std::move(recorder)).run(monitor);
}

}  // namespace tidemark
