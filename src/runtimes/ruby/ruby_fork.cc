#include "runtimes/ruby/ruby_fork.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "runtimes/ruby/ruby_job.h"

namespace tidemark {
namespace {

struct CopyFunctions {
  std::uint64_t eval = 0;
  std::uint64_t after_fork = 0;
};

Result<CopyFunctions> find_functions(const Runtime& runtime) {
  const CopyFunctions found{.eval = runtime.module.find("rb_eval_string_protect"),
                            .after_fork = runtime.module.find("rb_thread_atfork")};
  if (found.eval != 0 && found.after_fork != 0) return found;
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("{} does not export the functions that a dump calls", runtime.module.path),
      "tidemark knows Ruby 3.0 to 4.0, as distributions and ruby-build make it");
}

// `out` is the pipe; an exception's text goes to a second one.
std::string whole_code(const std::string& code, int out, int complaints) {
  return fmt::format(
      "Thread.new{{begin;GC.disable;out=IO.for_fd({},'wb');out.sync=false;{};out.flush;"
      "Process.exit!(0);rescue Exception=>e;begin;IO.for_fd({},'wb').syswrite("
      "\"#{{e.class}}: #{{e.message}}\"[0,400]);rescue Exception;end;Process.exit!(9);end}}.join",
      out, code, complaints);
}

Result<Pumped> dump_in_copy(Copy& copy, const CopyFunctions& functions, ByteSink& sink,
                            const RubyForkOptions& options, Monitor& monitor) {
  if (auto quiet = copy.quieten(); !quiet) return std::unexpected(quiet.error());
  const auto data = copy.open_pipe();
  const auto complaints = copy.open_pipe();
  if (!data || !complaints) return std::unexpected(data ? complaints.error() : data.error());
  if (auto done = copy.call(functions.after_fork); !done) return std::unexpected(done.error());
  const std::string code = options.code.empty() ? ruby_heap_code(false) : options.code;
  const auto text = copy.put_text(64, whole_code(code, data->writer, complaints->writer));
  const auto state = copy.put(0, std::as_bytes(std::span("\0\0\0\0\0\0\0", 8)));
  if (!text || !state) return std::unexpected(text ? state.error() : text.error());
  if (auto on = copy.begin_call(functions.eval, {*text, *state}, true); !on) {
    return std::unexpected(on.error());
  }
  auto pumped = pump(copy, data->reader.get(), sink, options.limits, monitor);
  if (!pumped) return pumped;
  if (pumped->end.progress == Copy::Progress::kExited && pumped->end.number == 0) return pumped;
  std::string why(512, '\0');
  const ssize_t got = read(complaints->reader.get(), why.data(), why.size());
  why.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return fail(ErrorCode::kIo,
              fmt::format("the dump failed in the copy ({}); the process itself is unharmed",
                          why.empty() ? describe_copy_end(pumped->end) : why),
              "try again; if it stays so, please report it with the Ruby version");
}

}  // namespace

std::string ruby_heap_code(bool collect_first) {
  const char* const collect = collect_first ? "GC.enable;GC.start;GC.disable;" : "";
  return fmt::format("require 'objspace';{}ObjectSpace.dump_all(output: out)", collect);
}

Result<ForkCapture> capture_ruby(pid_t pid, const Runtime& runtime, ByteSink& sink,
                                 const RubyForkOptions& options, Monitor& monitor) {
  const auto functions = find_functions(runtime);
  if (!functions) return std::unexpected(functions.error());
  auto job = RubyJob::prepare(pid, runtime);
  if (!job) return std::unexpected(job.error());
  const auto inside = job->fork(options.safe_point_patience, monitor);
  if (!inside) return std::unexpected(inside.error());
  Result<Pumped> pumped;
  {
    auto copy = Copy::adopt(job->injector(), *inside, options.groups);
    if (copy && options.forked) options.forked();
    pumped = copy ? dump_in_copy(*copy, *functions, sink, options, monitor)
                  : Result<Pumped>(std::unexpected(copy.error()));
  }
  const auto reaped = reap_copy(job->injector(), *inside);
  if (reaped) forget_copy(job->injector(), *inside);
  if (!pumped) return std::unexpected(pumped.error());
  return ForkCapture{.times = job->times(),
                     .bytes = pumped->bytes,
                     .copy_peak_bytes = pumped->copy_peak_bytes,
                     .unreaped = reaped ? std::string() : reaped.error().message};
}

}  // namespace tidemark
