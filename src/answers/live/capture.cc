#include "answers/live/capture.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <thread>

#include "answers/live/capture_place.h"
#include "answers/live/choose_target.h"
#include "base/file_descriptor.h"
#include "base/units.h"
#include "capture/guard.h"
#include "capture/turn.h"
#include "host/process.h"
#include "transfer/redact/redactor.h"

namespace tidemark {
namespace {

CaptureRequest request_of(const CaptureSeriesRequest& series, const Diagnosis& diagnosis) {
  return {.kind = series.kind,
          .method = series.method.value_or(best_method(diagnosis, series.kind)),
          .collect_first = series.collect_first,
          .force = series.force,
          .timeout = series.timeout,
          .seconds = series.seconds};
}

// None: contents stay. With a salt of the user's own, captures of several runs can be compared.
std::optional<Redaction> redaction_of(const CaptureSeriesRequest& series) {
  switch (series.contents) {
    case Contents::kKept:
      return std::nullopt;
    case Contents::kDropped:
      return Redaction{};
    case Contents::kSalted:
      break;
  }
  return Redaction{.salt = series.salt.empty() ? random_salt() : salt_from(series.salt)};
}

// With the process, and, where a copy is made, on this host.
Result<std::array<FileDescriptor, 2>> take_turns(pid_t pid, CaptureKind kind, Monitor& monitor) {
  monitor.begin_phase("waiting for another capture", 0);
  auto with = take_turn_with(pid, monitor, kTurnTimeout);
  if (!with) return std::unexpected(with.error());
  Result<FileDescriptor> here;
  if (kind != CaptureKind::kGcStats) here = take_turn(monitor, kTurnTimeout);
  if (!here) return std::unexpected(here.error());
  return std::array{std::move(*with), std::move(*here)};
}

// 0 is what a report says of what there was not.
template <class Number>
std::optional<Number> unless_zero(Number number) {
  return number == 0 ? std::nullopt : std::optional(number);
}

class CaptureRun {
 public:
  CaptureRun(const CaptureSeriesRequest& request, CaptureListener& listener, Monitor& monitor)
      : request_(request),
        listener_(listener),
        monitor_(monitor),
        redaction_(redaction_of(request)) {}

  Result<CaptureSeriesAnswer> run() {
    const auto pid = choose_target(request_.target, listener_);
    if (!pid) return std::unexpected(pid.error());
    const auto started = start_ticks(this_machine(), *pid);
    series_.kind = request_.kind;
    for (std::uint64_t number = 1; number <= request_.count; ++number) {
      if (number > 1) {
        if (auto waited = wait(*pid, started); !waited) return std::unexpected(waited.error());
      }
      if (auto done = capture_once(*pid); !done) return std::unexpected(done.error());
    }
    return std::move(series_);
  }

 private:
  // Until it is time for the next one. Errors: kCancelled; kIo when the process has ended.
  Result<void> wait(pid_t pid, std::optional<std::uint64_t> started) {
    const auto& grow = request_.grow_bytes;
    monitor_.begin_phase(grow ? "waiting for growth" : "waiting", 0);
    const auto due = last_ + request_.every.value_or(std::chrono::seconds(0));
    auto look = std::chrono::steady_clock::now();
    while (true) {
      if (monitor_.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
      const auto now = std::chrono::steady_clock::now();
      if (now >= look) {
        look = now + std::chrono::seconds(1);
        const auto status = read_status(this_machine(), pid);
        if (!status || start_ticks(this_machine(), pid) != started) {
          return fail(ErrorCode::kIo, fmt::format("process {} has ended; {} taken before that", pid,
                                                  plural(series_.captures.size(), "capture")));
        }
        const bool grown = !grow || status->resident_bytes >= last_bytes_ + *grow;
        if (grown && now >= due) return {};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  Result<void> capture_once(pid_t pid) {
    const auto turns = take_turns(pid, request_.kind, monitor_);
    if (!turns) return std::unexpected(turns.error());
    const auto diagnosis = diagnose(this_machine(), pid);
    if (!diagnosis) return std::unexpected(diagnosis.error());
    const CaptureRequest request = request_of(request_, *diagnosis);
    if (auto allowed = allow_capture(*diagnosis, request); !allowed) return allowed;
    const std::uint64_t now = diagnosis->status.resident_bytes;
    if (series_.captures.empty()) first_bytes_ = now;
    last_bytes_ = now;
    last_ = std::chrono::steady_clock::now();
    const auto path = capture_path(*diagnosis, {.output = request_.output,
                                                .plain = request_.plain,
                                                .growth = growth(now),
                                                .kind = request.kind});
    if (!path) return std::unexpected(path.error());
    return store(*diagnosis, request, *path);
  }

  // "-plus-3.0MB", since the first of a series.
  [[nodiscard]] std::string growth(std::uint64_t now) const {
    if (series_.captures.empty()) return {};
    const auto change = static_cast<std::int64_t>(now) - static_cast<std::int64_t>(first_bytes_);
    std::string text = format_bytes(std::abs(change));
    std::erase(text, ' ');
    return fmt::format("-{}-{}", change < 0 ? "minus" : "plus", text);
  }

  // By the gentlest way that comes to a capture, unless one is asked for.
  Result<void> store(const Diagnosis& diagnosis, CaptureRequest request, const std::string& path) {
    const bool any = !request_.method;
    notices_.clear();
    for (const MethodOutlook& passed : passed_over(diagnosis, request.kind, request.method)) {
      if (any && series_.captures.empty()) notice_refusal(passed.method, passed.obstacle);
    }
    while (true) {
      const std::string taken_at = time_now();
      const auto report = attempt(diagnosis, request, path);
      if (report) return tell(diagnosis, request, *report, path, taken_at);
      const auto next = any && report.error().code == ErrorCode::kUnsupported
                            ? next_method(diagnosis, request.kind, request.method)
                            : std::nullopt;
      if (!next) return std::unexpected(report.error());
      notice_refusal(request.method, report.error().message);
      request.method = *next;
    }
  }

  void notice_refusal(CaptureMethod method, const std::string& why) {
    notice("method_refused", fmt::format("not by {}: {}", method_name(method), why));
  }

  void notice(std::string code, std::string message) {
    Notice notice;
    notice.code = std::move(code);
    notice.message = std::move(message);
    listener_.noticed(notice);
    notices_.push_back(std::move(notice));
  }

  [[nodiscard]] Result<CaptureReport> attempt(const Diagnosis& diagnosis,
                                              const CaptureRequest& request,
                                              const std::string& path) {
    const CaptureGuard guard =
        CaptureGuard::start(diagnosis.status.pid, request.kind == CaptureKind::kAllocationProfile);
    auto sink = open_capture_sink(path, request_.plain,
                                  path == request_.output ? NameBy::kUser : NameBy::kProgram,
                                  diagnosis, monitor_);
    if (!sink) return std::unexpected(sink.error());
    if (redaction_ && holds_contents(diagnosis.runtime->kind, request.kind)) {
      auto redactor = diagnosis.runtime->kind == RuntimeKind::kRuby ? ruby_redactor(*redaction_)
                                                                    : v8_redactor(*redaction_);
      *sink = redacting_sink(std::move(redactor), std::move(*sink));
    }
    return take_capture(diagnosis, request, **sink, monitor_);
  }

  Result<void> tell(const Diagnosis& diagnosis, const CaptureRequest& request,
                    const CaptureReport& report, const std::string& path,
                    const std::string& taken_at) {
    if (!report.warning.empty()) notice("left_behind", report.warning);
    CaptureAnswer capture = capture_of(diagnosis, request, report);
    capture.path = path;
    capture.taken_at = taken_at;
    series_.process = capture.process;
    series_.captures.push_back({.path = path,
                                .taken_at = taken_at,
                                .resident_bytes = capture.process.resident_bytes,
                                .stored_bytes = capture.stored_bytes});
    capture.number = series_.captures.size();
    if (auto beside = store_facts(diagnosis, capture); !beside) return beside;
    listener_.captured(capture);
    return {};
  }

  [[nodiscard]] CaptureAnswer capture_of(const Diagnosis& diagnosis, const CaptureRequest& request,
                                         const CaptureReport& report) const {
    const RuntimeKind runtime = diagnosis.runtime->kind;
    CaptureAnswer capture;
    capture.host = host_name();
    capture.process = runtime_process(diagnosis);
    capture.kind = request.kind;
    capture.method = request.method;
    capture.collected_first = request.collect_first;
    capture.redacted = request_.contents;
    capture.holds_contents = holds_contents(runtime, request.kind);
    capture.bytes = report.bytes;
    capture.stored_bytes = report.stored_bytes;
    capture.seconds = report.seconds;
    capture.pause_milliseconds = unless_zero(report.pause_ms);
    capture.stopped_milliseconds = unless_zero(report.stopped_ms);
    capture.waited_milliseconds = report.waited_ms;
    capture.copy_peak_bytes = unless_zero(report.copy_peak_bytes);
    // Ruby's addresses stay; each copy of a Node.js process numbers its objects anew.
    capture.ids_comparable = runtime == RuntimeKind::kRuby;
    capture.count = request_.count;
    capture.notices = notices_;
    return capture;
  }

  // As private as the capture is.
  Result<void> store_facts(const Diagnosis& diagnosis, const CaptureAnswer& capture) {
    if (capture.path == "-") return {};
    const std::string facts = listener_.facts(capture);
    if (facts.empty()) return {};
    auto sink =
        open_capture_sink(capture.path + ".info.json", true, NameBy::kProgram, diagnosis, monitor_);
    if (!sink) return std::unexpected(sink.error());
    auto done = (*sink)->write(facts);
    if (done) done = (*sink)->finish();
    return done;
  }

  const CaptureSeriesRequest& request_;
  CaptureListener& listener_;
  Monitor& monitor_;
  std::optional<Redaction> redaction_;
  CaptureSeriesAnswer series_;
  std::vector<Notice> notices_;  // of the capture that is being taken
  std::uint64_t first_bytes_ = 0;
  std::uint64_t last_bytes_ = 0;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace

Result<CaptureSeriesAnswer> answer(const CaptureSeriesRequest& request, CaptureListener& listener,
                                   Monitor& monitor) {
  if (request.count > 1 && !holds_several(request.output)) {
    return fail(ErrorCode::kUsage, "a series needs a folder for its files");
  }
  return CaptureRun(request, listener, monitor).run();
}

Result<CapturePlanAnswer> plan_capture(const CaptureSeriesRequest& request,
                                       CaptureListener& listener, Monitor& monitor) {
  const auto pid = choose_target(request.target, listener);
  if (!pid) return std::unexpected(pid.error());
  const auto turns = take_turns(*pid, request.kind, monitor);
  if (!turns) return std::unexpected(turns.error());
  const auto diagnosis = diagnose(this_machine(), *pid);
  if (!diagnosis) return std::unexpected(diagnosis.error());
  const CaptureRequest one = request_of(request, *diagnosis);
  CapturePlanAnswer plan;
  plan.process = runtime_process(*diagnosis);
  plan.kind = one.kind;
  const MethodOutlook* const outlook = outlook_of(*diagnosis, one.method);
  if (outlook != nullptr) plan.outlook = *outlook;
  plan.memory = capture_memory(*diagnosis);
  plan.checks = diagnosis->checks;
  plan.methods = diagnosis->methods;
  if (const auto allowed = allow_capture(*diagnosis, one); !allowed) {
    plan.refused = allowed.error();
  }
  return plan;
}

}  // namespace tidemark
