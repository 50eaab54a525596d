#include "reproduce/load/load_generator.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "base/file_descriptor.h"
#include "reproduce/load/response_parser.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPiece = std::size_t{64} << 10U;

std::chrono::nanoseconds seconds(double value) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(value));
}

// A connection that is being made; without one, errno says why.
FileDescriptor begin_connection(const ServerAddress& server) {
  FileDescriptor out(
      socket(server.six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!out.open()) return out;
  const int yes = 1;
  setsockopt(out.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  int result = 0;
  if (server.six) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(server.port);
    address.sin6_addr = in6addr_loopback;
    result = connect(out.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    result = connect(out.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  if (result != 0 && errno != EINPROGRESS) out.reset();
  return out;
}

struct Connection {
  FileDescriptor socket;
  bool connected = false;
  bool busy = false;    // a request is under way
  bool reused = false;  // another was answered on this socket before
  WireRequest request;
  std::size_t written = 0;
  ResponseParser response;
  Clock::time_point due;       // the latency's begin
  Clock::time_point deadline;  // of the request
  Clock::time_point retry;     // no sooner than this
  std::uint32_t watched = 0;   // epoll's events
};

}  // namespace

std::uint64_t LoadTotals::server_errors() const {
  std::uint64_t sum = 0;
  for (const auto& [status, count] : by_status) sum += status >= 500 ? count : 0;
  return sum;
}

std::uint64_t LoadTotals::refusals() const {
  std::uint64_t sum = 0;
  for (const auto& [status, count] : by_status) sum += status >= 400 && status < 500 ? count : 0;
  return sum;
}

struct LoadGenerator::Shared {
  Settings settings;
  FileDescriptor epoll;
  FileDescriptor bell;  // an eventfd: look at the wishes
  std::atomic<bool> stop{false};
  std::atomic<bool> sending{false};
  std::atomic<std::uint64_t> most{0};
  std::atomic<bool> quiet{true};
  std::atomic<std::uint64_t> answered{0};
  mutable std::mutex mutex;  // guards totals
  LoadTotals totals;
  std::thread thread;
};

// What the thread does.
class LoadGenerator::Loop {
 public:
  Loop(Shared& shared, UrlMix mix) : shared_(shared), mix_(std::move(mix)) {
    connections_.resize(std::max(1U, shared.settings.connections));
  }

  void run() {
    while (!shared_.stop) {
      const auto now = Clock::now();
      take_wishes(now);
      hand_out(now);
      expire(now);
      publish_quiet();
      wait(now);
    }
  }

 private:
  void take_wishes(Clock::time_point now) {
    const bool sending = shared_.sending;
    if (sending && !sending_) {
      next_due_ = now;
      began_ = now;
    }
    if (!sending && sending_) {
      // What fell due and was not sent is not owed.
      waiting_.clear();
    }
    if (sending_) add_seconds(now);
    sending_ = sending;
  }

  void add_seconds(Clock::time_point now) {
    const std::scoped_lock lock(shared_.mutex);
    shared_.totals.seconds += std::chrono::duration<double>(now - began_).count();
    began_ = now;
  }

  [[nodiscard]] bool may_send() const { return sending_ && sent_ < shared_.most; }

  void hand_out(Clock::time_point now) {
    const double rate = shared_.settings.rate;
    if (may_send() && rate > 0) {
      const auto distance = seconds(1 / rate);
      constexpr std::size_t kMostWaiting = 100'000;
      while (next_due_ <= now && waiting_.size() < kMostWaiting) {
        waiting_.push_back(next_due_);
        next_due_ += distance;
      }
    }
    for (std::size_t i = 0; i < connections_.size() && may_send(); ++i) {
      Connection& connection = connections_[i];
      if (connection.busy || now < connection.retry) continue;
      if (rate > 0) {
        if (waiting_.empty()) break;
        connection.due = waiting_.front();
        waiting_.pop_front();
      } else {
        connection.due = now;
      }
      send_next(i, now);
    }
  }

  void send_next(std::size_t index, Clock::time_point now) {
    Connection& connection = connections_[index];
    connection.busy = true;
    connection.request = mix_.next();
    connection.deadline = now + seconds(shared_.settings.timeout);
    ++sent_;
    {
      const std::scoped_lock lock(shared_.mutex);
      ++shared_.totals.sent;
    }
    begin_request(index);
  }

  void begin_request(std::size_t index) {
    Connection& connection = connections_[index];
    connection.written = 0;
    connection.response.begin(connection.request.head);
    if (!connection.socket.open()) {
      connection.reused = false;
      connection.connected = false;
      connection.socket = begin_connection(shared_.settings.server);
      connection.watched = 0;
      if (!connection.socket.open()) {
        failed(index, system_reason(errno).c_str());
        return;
      }
    }
    if (connection.connected) {
      write_more(index);
    } else {
      watch(index, EPOLLOUT);
    }
  }

  void watch(std::size_t index, std::uint32_t events) {
    Connection& connection = connections_[index];
    if (connection.watched == events) return;
    epoll_event event{};
    event.events = events;
    event.data.u64 = index;
    const int how = connection.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    epoll_ctl(shared_.epoll.get(), how, connection.socket.get(), &event);
    connection.watched = events;
  }

  void write_more(std::size_t index) {
    Connection& connection = connections_[index];
    const std::string& bytes = connection.request.bytes;
    while (connection.written < bytes.size()) {
      const ssize_t put = send(connection.socket.get(), bytes.data() + connection.written,
                               bytes.size() - connection.written, MSG_NOSIGNAL);
      if (put > 0) {
        connection.written += static_cast<std::size_t>(put);
      } else if (put < 0 && errno == EAGAIN) {
        watch(index, EPOLLIN | EPOLLOUT);
        return;
      } else {
        lost(index, "the connection was closed");
        return;
      }
    }
    watch(index, EPOLLIN);
  }

  void read_more(std::size_t index) {
    Connection& connection = connections_[index];
    // At most some pieces at a time: other connections wait as well.
    for (int pieces = 0; pieces < 16; ++pieces) {
      const ssize_t got = recv(connection.socket.get(), piece_.data(), piece_.size(), 0);
      if (got < 0 && errno == EAGAIN) return;
      if (!connection.busy) {
        // The server closes an idle connection, or speaks without being asked.
        connection.socket.reset();
        return;
      }
      ResponseParser::Progress progress{};
      if (got <= 0) {
        if (!connection.response.begun()) {
          lost(index, "the connection was closed");
          return;
        }
        progress = connection.response.end();
      } else {
        std::string_view bytes(piece_.data(), static_cast<std::size_t>(got));
        progress = connection.response.feed(bytes);
        if (progress == ResponseParser::Progress::kDone && !bytes.empty()) {
          connection.socket.reset();  // more than was asked for: it cannot be trusted
        }
      }
      if (progress == ResponseParser::Progress::kDone) {
        answered(index);
        return;
      }
      if (progress == ResponseParser::Progress::kBroken) {
        failed(index, connection.response.fault());
        return;
      }
    }
  }

  // A server may close a kept-alive connection just when the next request goes out. That request
  // was not begun, so it is sent again, once, on a new connection.
  void lost(std::size_t index, const char* fault) {
    Connection& connection = connections_[index];
    const bool again = connection.reused && !connection.response.begun();
    if (!again) {
      failed(index, fault);
      return;
    }
    connection.socket.reset();
    begin_request(index);
  }

  void answered(std::size_t index) {
    Connection& connection = connections_[index];
    connection.busy = false;
    connection.reused = true;
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - connection.due);
    {
      const std::scoped_lock lock(shared_.mutex);
      LoadTotals& totals = shared_.totals;
      ++totals.answered;
      ++totals.by_status[connection.response.status()];
      if (totals.by_kind.size() <= connection.request.kind) {
        totals.by_kind.resize(mix_.kinds().size());
      }
      ++totals.by_kind[connection.request.kind];
      totals.bytes += connection.response.body_bytes();
      totals.latency.add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count())));
    }
    ++shared_.answered;
    if (!connection.response.keeps_open()) connection.socket.reset();
  }

  void failed(std::size_t index, const char* fault) {
    Connection& connection = connections_[index];
    connection.busy = false;
    connection.socket.reset();
    // A server that is down is not asked ten thousand times a second.
    connection.retry = Clock::now() + std::chrono::milliseconds(50);
    const std::scoped_lock lock(shared_.mutex);
    ++shared_.totals.failed;
    ++shared_.totals.faults[fault];
  }

  void expire(Clock::time_point now) {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (connections_[i].busy && now >= connections_[i].deadline) failed(i, "no answer in time");
    }
  }

  void publish_quiet() {
    const bool busy = std::ranges::any_of(connections_, &Connection::busy);
    shared_.quiet = !busy && !sending_;
  }

  void wait(Clock::time_point now) {
    auto until = now + std::chrono::milliseconds(100);
    if (may_send() && shared_.settings.rate > 0) until = std::min(until, next_due_);
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until - Clock::now());
    const auto wait_ms = static_cast<int>(std::max<std::int64_t>(0, (left.count() + 999) / 1000));
    std::array<epoll_event, 64> events{};
    const int count = epoll_wait(
        shared_.epoll.get(), events.data(), events.size(),
        may_send() && !all_busy() && shared_.settings.rate <= 0 && !all_resting(now) ? 0 : wait_ms);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t index = events.at(static_cast<std::size_t>(i)).data.u64;
      if (index >= connections_.size()) {
        std::uint64_t rings = 0;
        if (read(shared_.bell.get(), &rings, sizeof rings) < 0) continue;
        continue;
      }
      serve(index, events.at(static_cast<std::size_t>(i)).events);
    }
  }

  [[nodiscard]] bool all_busy() const {
    return std::ranges::all_of(connections_, &Connection::busy);
  }
  [[nodiscard]] bool all_resting(Clock::time_point now) const {
    return std::ranges::all_of(connections_, [&](const Connection& connection) {
      return connection.busy || now < connection.retry;
    });
  }

  void serve(std::size_t index, std::uint32_t events) {
    Connection& connection = connections_[index];
    if (!connection.socket.open()) return;
    if (!connection.connected) {
      int problem = 0;
      socklen_t size = sizeof problem;
      getsockopt(connection.socket.get(), SOL_SOCKET, SO_ERROR, &problem, &size);
      if (problem != 0) {
        failed(index, system_reason(problem).c_str());
        return;
      }
      connection.connected = true;
      write_more(index);
      return;
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_more(index);
    if (connection.socket.open() && connection.busy && (events & EPOLLOUT) != 0) write_more(index);
  }

  Shared& shared_;
  UrlMix mix_;
  std::vector<Connection> connections_;
  std::deque<Clock::time_point> waiting_;  // open loop: due and not sent
  Clock::time_point next_due_;
  Clock::time_point began_;
  bool sending_ = false;
  std::uint64_t sent_ = 0;
  std::array<char, kPiece> piece_{};
};

LoadGenerator::LoadGenerator(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {}
LoadGenerator::LoadGenerator(LoadGenerator&&) noexcept = default;

Result<LoadGenerator> LoadGenerator::start(const Settings& settings, UrlMix mix) {
  auto shared = std::make_unique<Shared>();
  shared->settings = settings;
  shared->epoll = FileDescriptor(epoll_create1(EPOLL_CLOEXEC));
  shared->bell = FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = UINT64_MAX;
  if (!shared->epoll.open() || !shared->bell.open() ||
      epoll_ctl(shared->epoll.get(), EPOLL_CTL_ADD, shared->bell.get(), &event) != 0) {
    return fail(ErrorCode::kIo, "cannot send load: " + system_reason(errno));
  }
  // Signals are for the thread that asked for them.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  shared->thread =
      std::thread([loop = std::make_unique<Loop>(*shared, std::move(mix))] { loop->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return LoadGenerator(std::move(shared));
}

LoadGenerator::~LoadGenerator() {
  if (shared_ == nullptr) return;
  shared_->stop = true;
  wake();
  if (shared_->thread.joinable()) shared_->thread.join();
}

void LoadGenerator::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = write(shared_->bell.get(), &one, sizeof one);
}

void LoadGenerator::resume(std::uint64_t most) {
  shared_->most = most;
  shared_->quiet = false;
  shared_->sending = true;
  wake();
}

void LoadGenerator::pause() {
  shared_->sending = false;
  wake();
}

bool LoadGenerator::quiet() const { return shared_->quiet && !shared_->sending; }

LoadTotals LoadGenerator::totals() const {
  const std::scoped_lock lock(shared_->mutex);
  return shared_->totals;
}

std::uint64_t LoadGenerator::answered() const { return shared_->answered; }

int ask_once(const ServerAddress& server, const WireRequest& request, double timeout) {
  const auto deadline = Clock::now() + seconds(timeout);
  const FileDescriptor connection = begin_connection(server);
  if (!connection.open()) return 0;
  ResponseParser response;
  response.begin(request.head);
  std::size_t written = 0;
  std::array<char, 4096> piece{};
  while (Clock::now() < deadline) {
    const bool all_out = written == request.bytes.size();
    pollfd wanted{.fd = connection.get(),
                  .events = static_cast<short>(all_out ? POLLIN : POLLOUT),
                  .revents = 0};
    if (poll(&wanted, 1, 20) <= 0) continue;
    if (!all_out) {
      const ssize_t put = send(connection.get(), request.bytes.data() + written,
                               request.bytes.size() - written, MSG_NOSIGNAL);
      if (put <= 0) return 0;
      written += static_cast<std::size_t>(put);
      continue;
    }
    const ssize_t got = recv(connection.get(), piece.data(), piece.size(), 0);
    if (got < 0) return 0;
    std::string_view bytes(piece.data(), static_cast<std::size_t>(got));
    const auto progress = got == 0 ? response.end() : response.feed(bytes);
    if (progress == ResponseParser::Progress::kDone) return response.status();
    if (progress == ResponseParser::Progress::kBroken) return 0;
  }
  return 0;
}

}  // namespace tidemark
