#include "runtimes/ruby/allocation_tracing.h"

#include <fmt/format.h>

#include <thread>

namespace tidemark {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};

// Values of Ruby's small integers, as its C functions give them.
constexpr std::uint64_t kOne = 3;
constexpr std::uint64_t kTwo = 5;

// Runs in a job, where no lock can be taken: whatever takes longer goes to a thread.
Result<std::uint64_t> evaluate(RubyJob& job, const Runtime& runtime, const std::string& code,
                               Monitor& monitor) {
  const std::uint64_t eval = runtime.module.find("rb_eval_string_protect");
  if (eval == 0) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} does not export rb_eval_string_protect", runtime.module.path));
  }
  const std::string text = std::string(sizeof(std::uint64_t), '\0') + code + '\0';
  const Step call =
      call_step(eval, {job.text_address() + sizeof(std::uint64_t), job.text_address()});
  const auto done = job.call(std::span(&call, 1), text, kPatience, monitor);
  if (!done) return std::unexpected(done.error());
  int raised = 0;
  if (!job.injector().memory().read(job.text_address(), raised)) {
    return fail(ErrorCode::kIo, fmt::format("process {} has ended", job.injector().pid()));
  }
  if (raised != 0) return fail(ErrorCode::kIo, "Ruby raised an exception at our code");
  return done->front().target;
}

// Asks until tracing is as wanted.
Result<void> wait_until(bool wanted, RubyJob& job, const Runtime& runtime, Monitor& monitor) {
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto now = traces_allocations(job, runtime, monitor);
    if (!now) return std::unexpected(now.error());
    if (*now == wanted) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return fail(ErrorCode::kIo,
              fmt::format("allocation tracing of process {} did not go {}", job.injector().pid(),
                          wanted ? "on" : "off"),
              wanted ? "its Ruby cannot load objspace" : "something else in it traces");
}

// In the thread of a limited tracing.
constexpr const char* kLimited =
    "t=Thread.new{{begin;require 'objspace';ObjectSpace.trace_object_allocations_start;"
    "{}.times{{break if Thread.current[:tidemark_stop];sleep 0.1}};"
    "rescue Exception;ensure;begin;ObjectSpace.trace_object_allocations_stop;"
    "ObjectSpace.trace_object_allocations_clear;rescue Exception;end;end}};"
    "t.name='tidemark tracing';1";

}  // namespace

Result<bool> traces_allocations(RubyJob& job, const Runtime& runtime, Monitor& monitor) {
  const auto answer = evaluate(job, runtime,
                               "defined?(ObjectSpace.allocation_sourcefile)&&"
                               "ObjectSpace.allocation_sourcefile(Object.new) ? 1 : 2",
                               monitor);
  if (!answer) return std::unexpected(answer.error());
  if (*answer == kOne || *answer == kTwo) return *answer == kOne;
  return fail(ErrorCode::kIo, "Ruby gave no answer");
}

Result<void> start_tracing(RubyJob& job, const Runtime& runtime,
                           std::optional<std::chrono::seconds> limit, Monitor& monitor) {
  const std::string code =
      limit ? fmt::format(fmt::runtime(kLimited), limit->count() * 10)
            : "Thread.new{begin;require 'objspace';ObjectSpace.trace_object_allocations_start;"
              "rescue Exception;end};1";
  if (auto done = evaluate(job, runtime, code, monitor); !done)
    return std::unexpected(done.error());
  return wait_until(true, job, runtime, monitor);
}

Result<void> end_limited_tracing(RubyJob& job, const Runtime& runtime, Monitor& monitor) {
  const auto done = evaluate(
      job, runtime, "Thread.list.each{|t|t[:tidemark_stop]=true if t.name=='tidemark tracing'};1",
      monitor);
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> stop_tracing(RubyJob& job, const Runtime& runtime, Monitor& monitor) {
  const auto done = evaluate(job, runtime,
                             "Thread.list.each{|t|t[:tidemark_stop]=true if t.name=="
                             "'tidemark tracing'};"
                             "Thread.new{begin;100.times{break unless "
                             "ObjectSpace.allocation_sourcefile(Object.new);"
                             "ObjectSpace.trace_object_allocations_stop};"
                             "ObjectSpace.trace_object_allocations_clear;"
                             "rescue Exception;end};1",
                             monitor);
  if (!done) return std::unexpected(done.error());
  return wait_until(false, job, runtime, monitor);
}

Result<bool> switch_tracing(pid_t pid, const Runtime& runtime, bool on, Monitor& monitor) {
  auto job = RubyJob::prepare(pid, runtime);
  if (!job) return std::unexpected(job.error());
  const auto was = traces_allocations(*job, runtime, monitor);
  if (!was || *was == on) return was;
  const auto done = on ? start_tracing(*job, runtime, std::nullopt, monitor)
                       : stop_tracing(*job, runtime, monitor);
  if (!done) return std::unexpected(done.error());
  return was;
}

}  // namespace tidemark
