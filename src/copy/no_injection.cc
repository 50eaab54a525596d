// Processors without code of ours: Injector::prepare() has refused before any of this is called.
#include "copy/copy.h"

#if !TIDEMARK_INJECTS

namespace tidemark {
namespace {

std::unexpected<Error> refuse() {
  return fail(ErrorCode::kUnsupported, "a forked copy is not taken on this processor");
}

}  // namespace

Result<Copy> Copy::adopt(const Injector&, std::int64_t, const std::optional<CopyGroups>&) {
  return refuse();
}
Copy::Copy(Copy&& other) noexcept
    : tracee_(other.tracee_),
      memory_(std::move(other.memory_)),
      inside_(0),
      room_(0),
      call_at_(0),
      syscall_at_(0) {}
Copy::~Copy() = default;
Result<void> Copy::quieten() { return refuse(); }
Result<Copy::Pipe> Copy::open_pipe() { return refuse(); }
Result<std::uint64_t> Copy::call(std::uint64_t, std::initializer_list<std::uint64_t>) {
  return refuse();
}
Result<std::int64_t> Copy::syscall(long, std::initializer_list<std::uint64_t>) { return refuse(); }
Result<void> Copy::begin_call(std::uint64_t, std::initializer_list<std::uint64_t>, bool) {
  return refuse();
}
Result<Copy::State> Copy::poll() { return refuse(); }
Result<std::uint64_t> Copy::put(std::size_t, std::span<const std::byte>) { return refuse(); }
Result<std::uint64_t> Copy::put_text(std::size_t, std::string_view) { return refuse(); }
void Copy::kill() {}
Result<void> reap_copy(Injector&, std::int64_t) { return refuse(); }
pid_t find_child(pid_t, std::int64_t) { return 0; }

}  // namespace tidemark

#endif
