#include "reproduce/load/url_mix.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "reproduce/load/latency_histogram.h"
#include "reproduce/load/replay_log.h"

namespace tidemark {
namespace {

TEST(UrlPattern, CountsAndTakesTurns) {
  const UrlPattern users("/users/{1..3}?tab={a,b}");
  EXPECT_TRUE(users.varies());
  EXPECT_EQ(users.expand(0), "/users/1?tab=a");
  EXPECT_EQ(users.expand(1), "/users/2?tab=b");
  EXPECT_EQ(users.expand(3), "/users/1?tab=b");
  EXPECT_EQ(UrlPattern("/x/{7..}").expand(5'000'000), "/x/5000007");
}

TEST(UrlPattern, LeavesOtherBracesAlone) {
  for (const char* text : {"/a/{id}", "/a/{", "/a}", "{}", "/{3..1}", "/{a..b}", "/{1..x}",
                           R"({"name":"x","list":[1,2]})"}) {
    EXPECT_EQ(UrlPattern(text).expand(4), text);
    EXPECT_FALSE(UrlPattern(text).varies());
  }
  EXPECT_EQ(UrlPattern(R"({"id":{1..9},"kind":"{a,b}"})").expand(1), R"({"id":2,"kind":"b"})");
}

TEST(RequestKind, IsReadFromWhatUsersType) {
  std::uint16_t port = 0;
  const auto kind = parse_request_kind("3*POST http://localhost:3000/orders?x=1", port);
  ASSERT_TRUE(kind);
  EXPECT_EQ(kind->weight, 3);
  EXPECT_EQ(kind->method, "POST");
  EXPECT_EQ(kind->target, "/orders?x=1");
  EXPECT_EQ(port, 3000);
  EXPECT_EQ(parse_request_kind("http://127.0.0.1:81", port)->target, "/");
  for (const char* text : {"", "users", "https://localhost/", "http://example.com/", "FETCH /a",
                           "http://localhost:99999/", "http://localhost:x/", "POST"}) {
    EXPECT_FALSE(parse_request_kind(text, port)) << text;
  }
}

RequestKind kind_of(std::string target, double weight = 1) {
  RequestKind kind;
  kind.target = std::move(target);
  kind.weight = weight;
  return kind;
}

TEST(UrlMix, KeepsWeightsAtAllTimes) {
  UrlMix mix({kind_of("/a", 3), kind_of("/b", 1)}, "localhost:1");
  std::map<std::size_t, int> seen;
  for (int i = 1; i <= 400; ++i) {
    ++seen[mix.next().kind];
    EXPECT_NEAR(seen[0], i * 0.75, 1.01);
  }
  EXPECT_EQ(seen[0], 300);
}

TEST(UrlMix, ReplaysInOrder) {
  UrlMix mix({kind_of("/1"), kind_of("/2"), kind_of("/3")}, "h");
  for (const std::size_t expected : {0, 1, 2, 0, 1}) EXPECT_EQ(mix.next().kind, expected);
}

TEST(UrlMix, WritesOneRequest) {
  RequestKind kind = kind_of("/a b\r\nX: 1/{1..2}");
  kind.method = "POST";
  kind.headers = {{"Cookie", "a=b\r\nEvil: 1"}, {"Host", "shop.test"}};
  kind.body = R"({"n":{1..9}})";
  UrlMix mix({kind}, "localhost:1");
  EXPECT_EQ(mix.next().bytes,
            "POST /a%20b%0D%0AX:%201/1 HTTP/1.1\r\nUser-Agent: tidemark\r\nAccept: */*\r\n"
            "Cookie: a=bEvil: 1\r\nHost: shop.test\r\nContent-Type: application/json\r\n"
            "Content-Length: 7\r\n\r\n{\"n\":1}");
}

TEST(ReplayLog, ReadsWhatServersWrite) {
  const ReplayLog log = parse_replay_log(
      "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /a?x={1..2} HTTP/1.0\" 200 2326\n"
      "::1 - bob [10/Oct/2000:13:55:36 -0700] \"POST /b HTTP/1.1\" 200 1 \"-\" \"curl\"\r\n"
      "2020-05-21T09:23:13.271104+00:00 heroku[router]: at=info method=GET path=\"/c?d=1\" "
      "host=x.y request_id=1 fwd=\"1.2.3.4\" dyno=web.1 service=8ms status=200\n"
      "2020-05-21T09:23:13.271104+00:00 heroku[router]: at=info method=DELETE path=\"/c\" host=x\n"
      "# a comment\n\n/list/{1..3}\nPOST /orders\nnonsense\n"
      "1.2.3.4 - - [x] \"\\x16\\x03\" 400 0");
  ASSERT_EQ(log.requests.size(), 4);
  EXPECT_EQ(log.requests[0].target, "/a?x=%7B1..2%7D");
  EXPECT_EQ(log.requests[1].target, "/c?d=1");
  EXPECT_EQ(log.requests[2].target, "/list/{1..3}");
  EXPECT_EQ(log.requests[3].method, "POST");
  EXPECT_EQ(log.without_body, 2);
  EXPECT_EQ(log.other_lines, 2);
  EXPECT_EQ(parse_replay_log("/a\n/b\n/c\n", 2).requests.size(), 2);
}

TEST(LatencyHistogram, IsExactToItsPart) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0);
  for (std::uint64_t i = 1; i <= 100'000; ++i) histogram.add(i);
  EXPECT_EQ(histogram.count(), 100'000);
  EXPECT_EQ(histogram.most(), 100'000);
  EXPECT_EQ(histogram.quantile(1), 100'000);
  for (const double part : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    const auto exact = part * 100'000;
    EXPECT_NEAR(static_cast<double>(histogram.quantile(part)), exact, 1 + exact * 0.016) << part;
  }
  histogram.add(UINT64_MAX);
  EXPECT_EQ(histogram.most(), UINT64_MAX);
}

TEST(LatencyHistogram, KeepsSmallOnesWhole) {
  LatencyHistogram histogram;
  for (const std::uint64_t value : {0, 1, 63, 64, 127}) {
    LatencyHistogram one;
    one.add(value);
    EXPECT_EQ(one.quantile(0.5), value);
    histogram.add(value);
  }
  EXPECT_EQ(histogram.quantile(0), 0);
}

}  // namespace
}  // namespace tidemark
