#include "reproduce/load/response_parser.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tidemark {
namespace {

using Progress = ResponseParser::Progress;

struct Outcome {
  Progress progress = Progress::kMore;
  int status = 0;
  std::uint64_t body = 0;
  bool keeps_open = false;
  std::size_t left = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Feeds it in pieces that end at random; of a connection that is then closed, or not.
Outcome read(const std::string& text, std::mt19937_64& random, bool closed, bool head = false) {
  ResponseParser response;
  response.begin(head);
  Outcome out;
  std::size_t at = 0;
  while (at < text.size() && out.progress == Progress::kMore) {
    const std::size_t length = 1 + random() % std::min<std::size_t>(text.size() - at, 40);
    std::string_view piece = std::string_view(text).substr(at, length);
    out.progress = response.feed(piece);
    at += length - piece.size();
  }
  if (out.progress == Progress::kMore && closed) out.progress = response.end();
  out.status = response.status();
  out.body = response.body_bytes();
  out.keeps_open = response.keeps_open();
  out.left = text.size() - at;
  return out;
}

// All at once, and in a hundred random splits: the same.
Outcome read_always(const std::string& text, bool closed = false, bool head = false) {
  std::mt19937_64 random(7);
  const Outcome first = read(text, random, closed, head);
  for (int i = 0; i < 100; ++i) {
    const Outcome again = read(text, random, closed, head);
    if (again.progress != Progress::kBroken || first.progress != Progress::kBroken) {
      EXPECT_EQ(again, first) << text;
    }
  }
  return first;
}

TEST(ResponseParser, HasALengthItSays) {
  const Outcome out = read_always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 2");
  EXPECT_EQ(out.progress, Progress::kDone);
  EXPECT_EQ(out.status, 200);
  EXPECT_EQ(out.body, 5);
  EXPECT_TRUE(out.keeps_open);
  EXPECT_EQ(out.left, 10);
}

TEST(ResponseParser, ComesInChunks) {
  const Outcome out = read_always(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
      "5\r\nhello\r\n1A;name=x\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nTrailer: 1\r\n\r\nrest");
  EXPECT_EQ(out.progress, Progress::kDone);
  EXPECT_EQ(out.body, 31);
  EXPECT_EQ(out.left, 4);
}

TEST(ResponseParser, EndsWithTheConnection) {
  const std::string text = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nall that comes";
  const Outcome out = read_always(text, true);
  EXPECT_EQ(out.progress, Progress::kDone);
  EXPECT_EQ(out.body, 14);
  EXPECT_FALSE(out.keeps_open);
  EXPECT_EQ(read_always(text, false).progress, Progress::kMore);
}

TEST(ResponseParser, MayHaveNoBody) {
  EXPECT_EQ(read_always("HTTP/1.1 204 No Content\r\n\r\nHTTP").left, 4);
  EXPECT_EQ(read_always("HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n").progress,
            Progress::kDone);
  EXPECT_EQ(read_always("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", false, true).progress,
            Progress::kDone);
  EXPECT_EQ(read_always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").progress, Progress::kDone);
}

TEST(ResponseParser, FollowsInterimOnes) {
  const Outcome out = read_always(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: "
      "2\r\n\r\nno");
  EXPECT_EQ(out.status, 404);
  EXPECT_EQ(out.body, 2);
}

TEST(ResponseParser, SaysWhetherTheConnectionStays) {
  EXPECT_FALSE(read_always("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keeps_open);
  EXPECT_TRUE(read_always("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n")
                  .keeps_open);
  EXPECT_FALSE(read_always("HTTP/1.1 200 OK\r\nconnection: foo, CLOSE\r\ncontent-length: 0\r\n\r\n")
                   .keeps_open);
}

TEST(ResponseParser, RefusesWhatIsNone) {
  for (const char* text : {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20\r\n\r\n",
                           "HTTP/1.1 2000\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
                           "HTTP/1.1 101 Switching\r\n\r\n"}) {
    EXPECT_EQ(read_always(text).progress, Progress::kBroken) << text;
  }
}

TEST(ResponseParser, IsBrokenWhenCut) {
  for (const char* text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    EXPECT_EQ(read_always(text, true).progress, Progress::kBroken) << text;
  }
}

TEST(ResponseParser, BuffersNoMoreThanAHead) {
  ResponseParser response;
  response.begin();
  const std::string start = "HTTP/1.1 200 OK\r\n";
  std::string_view piece = start;
  EXPECT_EQ(response.feed(piece), Progress::kMore);
  const std::string noise(1 << 12, 'x');
  Progress progress = Progress::kMore;
  std::size_t fed = 0;
  while (progress == Progress::kMore && fed < 10 * ResponseParser::kMostHead) {
    piece = noise;
    progress = response.feed(piece);
    fed += noise.size();
  }
  EXPECT_EQ(progress, Progress::kBroken);
  EXPECT_LT(fed, 2 * ResponseParser::kMostHead);
}

}  // namespace
}  // namespace tidemark
