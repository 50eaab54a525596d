#include "runtimes/preload/rbtrace_capture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/file_descriptor.h"
#include "base/unix_socket.h"
#include "host/process.h"
#include "preload/preload.h"
#include "runtimes/ruby/rbtrace.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kConnectPatience{10};

std::unexpected<Error> no_place(const std::string& path) {
  return fail(ErrorCode::kUnsupported,
              fmt::format("cannot make {} for the process: {}", path, system_reason(errno)),
              "run it as the user of the process");
}

// A folder in /tmp of the process's user, with our file and the socket beside it; removed with
// this.
class MeetingPlace {
 public:
  static Result<MeetingPlace> make(uid_t user) {
    MeetingPlace place;
    std::string path = "/tmp/tidemark-XXXXXX";  // short enough for one message
    if (mkdtemp(path.data()) == nullptr) return no_place(path);
    place.folder_ = path;
    const auto content = preload_content("ruby/capture.rb");
    if (!content) return fail(ErrorCode::kUnsupported, "this program has no file for Ruby apps");
    if (!place.write_file(*content, user) || !place.listen(user)) return no_place(path);
    // The folder last: nobody else comes near what is made in it before that.
    if (user != geteuid() && chown(path.c_str(), user, -1) != 0) return no_place(path);
    return place;
  }
  MeetingPlace(MeetingPlace&& other) noexcept
      : folder_(std::exchange(other.folder_, {})), listener_(std::move(other.listener_)) {}
  MeetingPlace& operator=(MeetingPlace&&) = delete;
  ~MeetingPlace() {
    if (folder_.empty()) return;
    unlink(socket_path().c_str());
    unlink(file().c_str());
    rmdir(folder_.c_str());
  }

  [[nodiscard]] std::string file() const { return folder_ + "/capture.rb"; }

  // Errors: kUnsupported when it does not come, or another does.
  Result<FileDescriptor> wait_for(pid_t pid, const Monitor& monitor) const {
    const auto deadline = Clock::now() + kConnectPatience;
    while (Clock::now() < deadline) {
      if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
      pollfd ready{.fd = listener_.get(), .events = POLLIN, .revents = 0};
      if (poll(&ready, 1, 50) <= 0) continue;
      FileDescriptor connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      const auto who = peer_of(connection.get());
      if (who && who->pid == pid) return connection;
    }
    return fail(ErrorCode::kUnsupported,
                fmt::format("process {} was reached by rbtrace and did not connect", pid),
                "it may see another /tmp; run tidemark where it runs");
  }

 private:
  MeetingPlace() = default;
  [[nodiscard]] std::string socket_path() const { return folder_ + "/once.sock"; }

  [[nodiscard]] bool write_file(std::string_view content, uid_t user) const {
    const FileDescriptor out(
        open(file().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!out.open()) return false;
    const auto wanted = static_cast<ssize_t>(content.size());
    return write(out.get(), content.data(), content.size()) == wanted &&
           (user == geteuid() || fchown(out.get(), user, -1) == 0);
  }

  bool listen(uid_t user) {
    const std::string path = socket_path();
    const auto address = unix_address(path);
    listener_ = FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return address &&
           bind(listener_.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) ==
               0 &&
           chmod(path.c_str(), 0600) == 0 &&
           (user == geteuid() || chown(path.c_str(), user, -1) == 0) &&
           ::listen(listener_.get(), 1) == 0;
  }

  std::string folder_;
  FileDescriptor listener_;
};

}  // namespace

Result<PreloadCapture> capture_by_rbtrace(const ProcessStatus& status, const Runtime& runtime,
                                          const std::string& request, ByteSink& sink,
                                          const PumpLimits& limits, Monitor& monitor) {
  const bool may_wake = runtime.major() == 2 || runtime.major() == 3;
  auto made = MeetingPlace::make(status.user);
  if (!made) return std::unexpected(made.error());
  std::optional<MeetingPlace> place(std::move(*made));
  {
    auto session = RbtraceSession::open(status, may_wake, monitor);
    if (!session) return std::unexpected(session.error());
    // In a thread: where the gem runs code, Ruby takes no locks.
    const auto begun = session->run(
        fmt::format("Thread.new{{begin;load'{}',true;rescue Exception;end}}", place->file()),
        monitor);
    if (!begun) return std::unexpected(begun.error());
  }  // the gem is free for others while the capture goes on
  auto connection = place->wait_for(status.pid, monitor);
  if (!connection) return std::unexpected(connection.error());
  place.reset();
  return ask_preloaded(status, std::move(*connection), request, sink, limits, monitor);
}

}  // namespace tidemark
