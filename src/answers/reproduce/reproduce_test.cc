#include "answers/reproduce/reproduce.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "answers/reproduce/endpoints.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

ReproduceRequest request_in(const TemporaryFolder& folder) {
  ReproduceRequest request;
  request.app.command = {"true"};
  request.app.folder = folder / "run";
  return request;
}

TEST(ReproduceAnswer, NeedsABaselineThatIsOne) {
  const TemporaryFolder folder;
  ReproduceRequest request = request_in(folder);
  request.compare = folder / "none.json";
  Monitor monitor;
  const auto said = answer(request, monitor);
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, ErrorCode::kIo);
  EXPECT_FALSE(std::filesystem::exists(request.app.folder));
}

TEST(ReproduceAnswer, NeedsRequestsThatCanBeSent) {
  const TemporaryFolder folder;
  ReproduceRequest request = request_in(folder);
  request.app.urls = {"nonsense"};
  Monitor monitor;
  EXPECT_EQ(answer(request, monitor).error().code, ErrorCode::kUsage);
  EXPECT_EQ(answer(EndpointsRequest{request.app}, monitor).error().code, ErrorCode::kUsage);
  std::ofstream(folder / "log") << "no request\n";
  request.app.urls.clear();
  request.app.replay = folder / "log";
  EXPECT_EQ(answer(request, monitor).error().code, ErrorCode::kUsage);
  request.app.replay = folder / "none";
  EXPECT_EQ(answer(request, monitor).error().code, ErrorCode::kIo);
}

TEST(PrepareApp, TakesUrlsAndRecordedOnesAndSaysWhatItLeavesOut) {
  const TemporaryFolder folder;
  std::ofstream(folder / "log")
      << R"(127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 23)" << '\n'
      << R"(127.0.0.1 - - [10/Oct/2000:13:55:37 -0700] "POST /b HTTP/1.0" 200 23)" << '\n';
  AppRequest request = request_in(folder).app;
  request.urls = {"POST /orders"};
  request.replay = folder / "log";
  request.headers = {{"Cookie", "a=b"}};
  request.body = "x";
  const auto prepared = prepare(request);
  ASSERT_TRUE(prepared) << prepared.error().message;
  const auto& requests = prepared->settings.requests;
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].name(), "POST /orders");
  EXPECT_EQ(requests[0].body, "x");
  EXPECT_EQ(requests[1].name(), "GET /a");
  EXPECT_EQ(requests[1].body, "");
  EXPECT_EQ(requests[1].headers, request.headers);
  ASSERT_EQ(prepared->notices.size(), 1U);
  EXPECT_EQ(prepared->notices[0].code, "replay_lines_left_out");
  EXPECT_EQ(prepared->notices[0].file, request.replay);
  EXPECT_EQ(std::filesystem::status(request.folder).permissions(),
            std::filesystem::perms::owner_all);
}

TEST(PrepareApp, AsksForTheFrontPageWhereNothingIsNamed) {
  const TemporaryFolder folder;
  const auto prepared = prepare(request_in(folder).app);
  ASSERT_TRUE(prepared);
  ASSERT_EQ(prepared->settings.requests.size(), 1U);
  EXPECT_EQ(prepared->settings.requests[0].name(), "GET /");
}

}  // namespace
}  // namespace tidemark
