#include "runtimes/ruby/allocation_sample.h"

#include <thread>
#include <utility>

#include "runtimes/ruby/allocation_tracing.h"

namespace tidemark {

Result<AllocationSample> sample_allocations(pid_t pid, const Runtime& runtime,
                                            std::chrono::seconds time,
                                            const RubyForkOptions& options, ByteSink& sink,
                                            Monitor& monitor) {
  // Until the copy is forked; then the process ends the tracing by itself, if we do not.
  constexpr std::chrono::seconds kGrace{15};
  auto job = RubyJob::prepare(pid, runtime);
  if (!job) return std::unexpected(job.error());
  const auto own = traces_allocations(*job, runtime, monitor);
  if (!own) return std::unexpected(own.error());
  Monitor always;  // what has begun is ended, cancelled or not
  Result<void> ended;
  const auto end = [&] {
    if (!*own) ended = end_limited_tracing(*job, runtime, always);
  };
  if (!*own) {
    const auto on = start_tracing(*job, runtime, time + kGrace, monitor);
    if (!on) {
      end();
      return std::unexpected(on.error());
    }
  }
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until && !monitor.cancelled())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  RubyForkOptions forking = options;
  forking.forked = end;
  auto done = capture_ruby(pid, runtime, sink, forking, monitor);
  end();
  if (!done) return std::unexpected(done.error());
  AllocationSample sample{.heap = std::move(*done), .still_traced = {}};
  if (!ended) {
    sample.still_traced =
        "allocation tracing ends by itself only in some seconds: " + ended.error().message;
  }
  return sample;
}

}  // namespace tidemark
