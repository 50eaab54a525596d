#include "sources/request_log.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(RequestLog, TablesWithNames) {
  const auto log = parse_request_log(
      "at,endpoint,ms,peak_mb\n1769868000,\"GET /a\",80,5\n1769868001,GET /b,2000,\nx,y,z,w\n", 0);
  ASSERT_TRUE(log);
  ASSERT_EQ(log->requests.size(), 2U);
  EXPECT_EQ(log->skipped, 1U);
  EXPECT_DOUBLE_EQ(log->requests[0].seconds, 0.08);
  EXPECT_DOUBLE_EQ(log->requests[0].bytes, 5e6);
  EXPECT_DOUBLE_EQ(log->requests[1].bytes, -1);
  EXPECT_DOUBLE_EQ(log->requests[0].at, 1769868000);
  EXPECT_EQ(log->endpoints[1], "GET /b");
  const auto seconds = parse_request_log("method;path;duration_s\nGET;/users/17;0.25\n", 0);
  ASSERT_TRUE(seconds);
  EXPECT_DOUBLE_EQ(seconds->requests[0].seconds, 0.25);
  EXPECT_EQ(seconds->endpoints[0], "GET /users/:id");
}

TEST(RequestLog, RouterAndLograge) {
  const auto log = parse_request_log(
      "2020-05-21T09:23:13.271104+00:00 heroku[router]: at=info method=GET path=\"/x/9?p=1\" "
      "dyno=web.1 connect=1ms service=22ms status=200 bytes=1\n"
      "method=POST path=/y format=html duration=58.33 peak_mb=12\nnothing\n",
      1e9);
  ASSERT_TRUE(log);
  ASSERT_EQ(log->requests.size(), 2U);
  EXPECT_EQ(log->skipped, 1U);
  EXPECT_DOUBLE_EQ(log->requests[0].seconds, 0.022);
  EXPECT_EQ(log->endpoints[0], "GET /x/:id");
  EXPECT_DOUBLE_EQ(log->requests[1].seconds, 0.05833);
  EXPECT_DOUBLE_EQ(log->requests[1].bytes, 12e6);
}

TEST(RequestLog, RefusesWhatTellsNoTimes) {
  EXPECT_FALSE(parse_request_log("", 0));
  EXPECT_FALSE(parse_request_log("a,b\n1,2\n", 0));
  EXPECT_FALSE(parse_request_log("ms\n-5\nnan\n1e300\n", 0));
}

}  // namespace
}  // namespace tidemark
