#include "reproduce/load/load_generator.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <string>
#include <thread>

#include "base/file_descriptor.h"

namespace tidemark {
namespace {

// A server in this process: for each connection a thread, which answers each request by `answer`;
// an empty answer closes the connection.
class TestServer {
 public:
  explicit TestServer(std::function<std::string(int number)> answer) : answer_(std::move(answer)) {
    socket_ = FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_.get(), 64), 0);
    getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    address_.port = ntohs(address.sin_port);
    acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() {
    acceptor_.request_stop();
    acceptor_.join();
    threads_.clear();
  }

  [[nodiscard]] ServerAddress address() const { return address_; }
  [[nodiscard]] int requests() const { return requests_; }

 private:
  void accept_all(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd wanted{.fd = socket_.get(), .events = POLLIN, .revents = 0};
      if (poll(&wanted, 1, 10) <= 0) continue;
      const int connection = accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      threads_.emplace_back(
          [this, connection](const std::stop_token& end) { serve(end, connection); });
    }
  }

  void serve(const std::stop_token& stop, int number) {
    const FileDescriptor connection(number);
    std::string text;
    while (!stop.stop_requested()) {
      pollfd wanted{.fd = number, .events = POLLIN, .revents = 0};
      if (poll(&wanted, 1, 10) <= 0) continue;
      char piece[4096];
      const ssize_t got = recv(number, piece, sizeof piece, 0);
      if (got <= 0) return;
      text.append(piece, static_cast<std::size_t>(got));
      std::size_t end = 0;
      while ((end = text.find("\r\n\r\n")) != std::string::npos) {
        text.erase(0, end + 4);
        const std::string reply = answer_(requests_++);
        if (reply.empty()) return;
        if (send(number, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return;
        if (reply.find("Connection: close") != std::string::npos) return;
      }
    }
  }

  std::function<std::string(int)> answer_;
  std::atomic<int> requests_{0};
  FileDescriptor socket_;
  ServerAddress address_;
  std::list<std::jthread> threads_;
  std::jthread acceptor_;
};

const std::string kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

LoadGenerator generator(const TestServer& server, double rate = 0, double timeout = 10,
                        unsigned connections = 3) {
  RequestKind kind;
  kind.target = "/{1..}";
  auto started = LoadGenerator::start(
      {.server = server.address(), .connections = connections, .rate = rate, .timeout = timeout},
      UrlMix({kind}, "localhost"));
  EXPECT_TRUE(started);
  return std::move(*started);
}

template <class Condition>
bool soon(const Condition& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

LoadTotals send(LoadGenerator& load, std::uint64_t count) {
  load.resume(count);
  EXPECT_TRUE(soon([&] {
    const LoadTotals totals = load.totals();
    return totals.answered + totals.failed >= count;
  }));
  load.pause();
  EXPECT_TRUE(soon([&] { return load.quiet(); }));
  return load.totals();
}

TEST(LoadGeneratorThread, CountsEveryRequestOnce) {
  const TestServer server([](int) { return kHello; });
  LoadGenerator load = generator(server);
  const LoadTotals totals = send(load, 500);
  EXPECT_EQ(totals.sent, 500);
  EXPECT_EQ(totals.answered, 500);
  EXPECT_EQ(totals.failed, 0);
  EXPECT_EQ(totals.bytes, 2500);
  EXPECT_EQ(totals.by_status.at(200), 500);
  EXPECT_EQ(totals.latency.count(), 500);
  EXPECT_EQ(server.requests(), 500);
  // And goes on where it was.
  EXPECT_EQ(send(load, 600).answered, 600);
}

TEST(LoadGeneratorThread, OpensAnewWhatTheServerCloses) {
  const TestServer server([](int) { return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbye"; });
  LoadGenerator load = generator(server);
  const LoadTotals totals = send(load, 100);
  EXPECT_EQ(totals.answered, 100);
  EXPECT_EQ(totals.failed, 0);
}

TEST(LoadGeneratorThread, CountsWhatABrokenServerDoes) {
  const TestServer server([](int number) -> std::string {
    switch (number % 4) {
      case 0:
        return kHello;
      case 1:
        return "nonsense\r\n\r\n";
      case 2:
        return "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
      default:
        return "HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\ncut";
    }
  });
  LoadGenerator load = generator(server, 0, 10, 1);
  const LoadTotals totals = send(load, 40);
  EXPECT_EQ(totals.answered + totals.failed, 40);
  EXPECT_EQ(totals.by_status.at(200), 10);
  EXPECT_EQ(totals.server_errors(), 10);
  EXPECT_EQ(totals.failed, 20);
}

TEST(LoadGeneratorThread, EndsWithItsTimeout) {
  const TestServer server([](int) { return "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal"; });
  LoadGenerator load = generator(server, 0, 0.1);
  const LoadTotals totals = send(load, 6);
  EXPECT_EQ(totals.failed, 6);
  EXPECT_EQ(totals.faults.begin()->first, "no answer in time");
}

TEST(LoadGeneratorThread, SurvivesAServerThatIsGone) {
  ServerAddress nobody;
  {
    const TestServer server([](int) { return kHello; });
    nobody = server.address();
  }
  RequestKind kind;
  kind.target = "/";
  auto load = LoadGenerator::start({.server = nobody, .connections = 2}, UrlMix({kind}, "h"));
  ASSERT_TRUE(load);
  EXPECT_EQ(send(*load, 4).failed, 4);
  EXPECT_EQ(ask_once(nobody, {.bytes = "GET / HTTP/1.1\r\n\r\n"}, 1), 0);
}

// A server that stands still shows it in all that fell due meanwhile, not in one request.
TEST(LoadGeneratorThread, OpenLoopCountsFromTheDueTime) {
  const TestServer server([](int number) {
    if (number == 20) std::this_thread::sleep_for(std::chrono::milliseconds(400));
    return kHello;
  });
  LoadGenerator load = generator(server, 100, 10, 1);
  const LoadTotals totals = send(load, 100);
  EXPECT_EQ(totals.answered, 100);
  // About forty fell due in those 400 ms, and half of them were late by more than 100 ms.
  EXPECT_GT(totals.latency.quantile(0.8), 100'000);
  EXPECT_GT(totals.seconds, 0.9);
}

}  // namespace
}  // namespace tidemark
