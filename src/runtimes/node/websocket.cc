#include "runtimes/node/websocket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>

#include "base/numbers.h"

namespace tidemark {
namespace {

constexpr std::uint64_t kMostMessage = std::uint64_t{1} << 30;
constexpr std::size_t kMostHeaders = 65'536;
constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kClose = 8;
constexpr std::uint8_t kPing = 9;
constexpr std::uint8_t kPong = 10;

Result<void> send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail(ErrorCode::kIo, "the inspector is gone: " + system_reason(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

}  // namespace

WebSocket::WebSocket(FileDescriptor connection, const Monitor* monitor)
    : connection_(std::move(connection)), monitor_(monitor) {}

Result<void> WebSocket::fill(std::size_t bytes, Deadline deadline) {
  constexpr int kTick = 50;
  constexpr std::size_t kStep = 262'144;
  while (buffer_.size() - used_ < bytes) {
    if (monitor_ != nullptr && monitor_->cancelled())
      return fail(ErrorCode::kCancelled, "cancelled");
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kIo, "the inspector does not answer in time",
                  "the process is busy; give it longer with --timeout");
    }
    pollfd wait{.fd = connection_.get(), .events = POLLIN, .revents = 0};
    if (poll(&wait, 1, kTick) <= 0) continue;
    buffer_.erase(0, std::exchange(used_, 0));
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kStep);
    const ssize_t got = recv(connection_.get(), buffer_.data() + before, kStep, 0);
    const int problem = errno;
    buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return fail(ErrorCode::kIo, "the inspector has closed the connection");
    if (got < 0 && problem != EINTR && problem != EAGAIN) {
      return fail(ErrorCode::kIo, "the inspector is gone: " + system_reason(problem));
    }
  }
  return {};
}

std::string WebSocket::take(std::size_t bytes) {
  std::string out = buffer_.substr(used_, bytes);
  used_ += bytes;
  return out;
}

Result<std::string> WebSocket::get(FileDescriptor connection, const std::string& host,
                                   const std::string& path, Deadline deadline) {
  WebSocket plain(std::move(connection), nullptr);
  const auto sent = send_all(plain.connection_.get(),
                             fmt::format("GET {} HTTP/1.0\r\nHost: {}\r\n\r\n", path, host));
  if (!sent) return std::unexpected(sent.error());
  while (plain.buffer_.size() < kMostHeaders * 4) {
    const std::size_t end = plain.buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t length = plain.buffer_.find("Content-Length: ");
      const auto bytes =
          length < end
              ? leading_number<std::uint64_t>(std::string_view(plain.buffer_).substr(length + 16))
              : std::nullopt;
      if (bytes && plain.buffer_.size() >= end + 4 + *bytes)
        return plain.buffer_.substr(end + 4, *bytes);
    }
    if (auto more = plain.fill(plain.buffer_.size() + 1, deadline); !more) {
      return std::unexpected(more.error());
    }
  }
  return fail(ErrorCode::kIo, "what listens there is no inspector");
}

Result<void> WebSocket::open(const std::string& host, const std::string& path, Deadline deadline) {
  // The key is any 16 bytes; it guards proxies against themselves, and there is none here.
  const auto sent = send_all(
      connection_.get(),
      fmt::format(
          "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Key: dGlkZW1hcmsgY2FwdHVyZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
          path, host));
  if (!sent) return sent;
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n", used_)) == std::string::npos) {
    if (buffer_.size() > kMostHeaders)
      return fail(ErrorCode::kIo, "what listens there is no inspector");
    if (auto more = fill(buffer_.size() - used_ + 1, deadline); !more) return more;
  }
  const std::string head = take(end + 4 - used_);
  if (head.starts_with("HTTP/1.1 101")) return {};
  return fail(ErrorCode::kIo,
              fmt::format("the inspector refuses: {}", head.substr(0, head.find('\r'))));
}

Result<void> WebSocket::send(std::string_view text) { return send_frame(kText, text); }

Result<void> WebSocket::send_frame(std::uint8_t kind, std::string_view payload) {
  std::string frame;
  frame += static_cast<char>(0x80U | kind);
  const std::size_t size = payload.size();
  const auto put = [&](std::uint64_t number, int bytes) {
    while (bytes-- > 0) frame += static_cast<char>(number >> (8 * bytes) & 0xffU);
  };
  constexpr std::size_t kShort = 126;
  if (size < kShort) {
    put(0x80U | size, 1);
  } else if (size <= UINT16_MAX) {
    put(0x80U | 126U, 1);
    put(size, 2);
  } else {
    put(0x80U | 127U, 1);
    put(size, 8);
  }
  std::random_device random;
  const std::uint32_t mask = random();
  put(mask, 4);
  for (std::size_t i = 0; i < size; ++i) {
    frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^
                               (mask >> (8 * (3 - i % 4)) & 0xffU));
  }
  return send_all(connection_.get(), frame);
}

Result<WebSocket::Frame> WebSocket::read_head(Deadline deadline) {
  if (auto more = fill(2, deadline); !more) return std::unexpected(more.error());
  const std::string head = take(2);
  const auto first = static_cast<std::uint8_t>(head[0]);
  const auto second = static_cast<std::uint8_t>(head[1]);
  Frame frame{.last = (first & 0x80U) != 0,
              .kind = static_cast<std::uint8_t>(first & 0x0fU),
              .bytes = second & 0x7fU};
  const std::size_t longer = frame.bytes == 126 ? 2 : frame.bytes == 127 ? 8 : 0;
  if (longer > 0) {
    if (auto more = fill(longer, deadline); !more) return std::unexpected(more.error());
    frame.bytes = 0;
    for (const char c : take(longer))
      frame.bytes = frame.bytes << 8 | static_cast<unsigned char>(c);
  }
  // A server does not mask, and nothing was agreed on for the other bits.
  if ((first & 0x70U) != 0 || (second & 0x80U) != 0 || frame.bytes > kMostMessage) {
    return fail(ErrorCode::kDamaged, "the inspector sends what is no WebSocket message");
  }
  return frame;
}

Result<std::string> WebSocket::receive(Deadline deadline) {
  std::string message;
  while (true) {
    const auto frame = read_head(deadline);
    if (!frame) return std::unexpected(frame.error());
    if (message.size() + frame->bytes > kMostMessage) {
      return fail(ErrorCode::kTooLarge, "a message of the inspector is too large");
    }
    if (auto more = fill(frame->bytes, deadline); !more) return std::unexpected(more.error());
    std::string payload = take(frame->bytes);
    if (frame->kind == kClose)
      return fail(ErrorCode::kIo, "the inspector has closed the connection");
    if (frame->kind == kPing) {
      if (auto sent = send_frame(kPong, payload); !sent) return std::unexpected(sent.error());
    }
    if (frame->kind >= kClose) continue;
    message += payload;
    if (frame->last) return message;
  }
}

}  // namespace tidemark
