#include "runtimes/node/inspector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "base/file_descriptor.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

TEST(Inspector, StringsOfJson) {
  EXPECT_EQ(json_string_at(R"("abc")", 0), "abc");
  EXPECT_EQ(json_string_at(R"(x"a\"b\\c\/d\n\t\u0041\u00e4\u20ac\ud83d\ude00"y)", 1),
            "a\"b\\c/d\n\tA\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(json_string_at(R"("\ud83d")", 0), "\xef\xbf\xbd");
  EXPECT_EQ(json_string_at(R"("\ud83d\u0041")", 0),
            "\xef\xbf\xbd"
            "A");
  EXPECT_EQ(json_string_at(R"("")", 0), "");
  for (const char* wrong :
       {"", "a", "\"", "\"abc", "\"\\", "\"\\u12\"", "\"\\u12x4\"", "\"abc\\\""}) {
    EXPECT_EQ(json_string_at(wrong, 0), std::nullopt) << wrong;
  }
  EXPECT_EQ(json_string_at("\"a\"", 99), std::nullopt);
  EXPECT_EQ(json_string_at("\"a\"", std::string::npos), std::nullopt);
}

TEST(ListeningPorts, AreReadWithTheirSockets) {
  const auto ports = parse_listening(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: 0100007F:240D 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 "
      "424242 1 0\n"
      "   1: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1000        0 "
      "17 1 0\n"
      "   2: 0100007F\n",
      false);
  ASSERT_EQ(ports.size(), 1U);
  EXPECT_EQ(ports[0], (ListeningPort{.port = 9229, .inode = 424242, .six = false}));
}

// A socket pair: the test is the server.
class WebSocketThread : public testing::Test {
 protected:
  WebSocketThread() {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) != 0) std::abort();
  }
  ~WebSocketThread() override { close(ends_[1]); }
  void serve(const std::string& bytes) {
    ASSERT_EQ(write(ends_[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  static WebSocket::Deadline soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(20);
  }
  WebSocket client() { return {FileDescriptor(ends_[0]), nullptr}; }
  int ends_[2] = {-1, -1};
};

TEST_F(WebSocketThread, MessagesOfEveryLengthAndInParts) {
  WebSocket socket = client();
  serve("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x03one");
  ASSERT_TRUE(socket.open("127.0.0.1:1", "/x", soon()));
  EXPECT_EQ(socket.receive(soon()), "one");
  serve(std::string("\x01\x02tw\x89\x02hi\x80\x01o", 11));  // a ping between two parts
  EXPECT_EQ(socket.receive(soon()), "two");
  const std::string middle(300, 'm');
  serve(std::string("\x81\x7e\x01\x2c", 4) + middle);
  EXPECT_EQ(socket.receive(soon()), middle);
  const std::string large(200'000, 'l');
  std::jthread writer([&] { serve(std::string("\x81\x7f\0\0\0\0\0\x03\x0d\x40", 10) + large); });
  EXPECT_EQ(socket.receive(soon()), large);
}

TEST_F(WebSocketThread, WhatItSendsIsMasked) {
  WebSocket socket = client();
  ASSERT_TRUE(socket.send("hello"));
  char frame[11] = {};
  ASSERT_EQ(read(ends_[1], frame, sizeof frame), 11);
  EXPECT_EQ(static_cast<unsigned char>(frame[0]), 0x81U);
  EXPECT_EQ(static_cast<unsigned char>(frame[1]), 0x85U);
  std::string text;
  for (int i = 0; i < 5; ++i) text += static_cast<char>(frame[6 + i] ^ frame[2 + i % 4]);
  EXPECT_EQ(text, "hello");
}

TEST_F(WebSocketThread, DamageAndEndsAreErrors) {
  WebSocket socket = client();
  serve(std::string("\xf1\x00", 2));  // bits that nobody agreed on
  EXPECT_EQ(socket.receive(soon()).error().code, ErrorCode::kDamaged);
  serve(std::string("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10));
  EXPECT_EQ(socket.receive(soon()).error().code, ErrorCode::kDamaged);
  serve(std::string("\x88\x00", 2));
  EXPECT_THAT(socket.receive(soon()).error().message, HasSubstr("closed the connection"));
  EXPECT_THAT(socket.receive(std::chrono::steady_clock::now()).error().message,
              HasSubstr("in time"));
  shutdown(ends_[1], SHUT_WR);
  EXPECT_THAT(socket.receive(soon()).error().message, HasSubstr("closed the connection"));
}

TEST_F(WebSocketThread, ARefusalIsTold) {
  WebSocket socket = client();
  serve("HTTP/1.0 400 WebSockets request was expected\r\n\r\n");
  EXPECT_THAT(socket.open("h", "/", soon()).error().message, HasSubstr("400 WebSockets"));
}

}  // namespace
}  // namespace tidemark
