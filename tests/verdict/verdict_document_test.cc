// The verdict as a document: the answer without a terminal and the command say the same.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "answers/series/verdict.h"
#include "diff/program.h"
#include "report/json_document.h"
#include "support/golden.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

// Two hours that warm up, are restarted by a deploy, and warm up again.
std::string two_lives() {
  std::string text = "time,rss_mb,event\n";
  for (int i = 0; i < 60; ++i) {
    const int age = i % 30;
    text +=
        fmt::format("{},{:.2f},{}\n", 1769868000 + 120 * i,
                    300 - 60 * std::exp(-age / 8.0) + i * 7919 % 13 / 6.0, i == 30 ? "deploy" : "");
  }
  return text;
}

TEST(VerdictDocument, IsWhatTheAnswerIs) {
  const TemporaryFolder folder;
  write_file(folder / "lives.csv", two_lives());
  ASSERT_EQ(setenv("SOURCE_DATE_EPOCH", "0", 1), 0);
  const Ran ran = shell("cd '" + folder.path() +
                        "' && $TIDEMARK verdict lives.csv --quota 512MB --workers 2 --format json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(golden_difference("verdict.json", ran.out), "");

  VerdictRequest request;
  request.series.input = folder / "lives.csv";
  request.series.quota_bytes = 512e6;
  request.series.workers = 2;
  Monitor monitor;
  auto said = answer(request, monitor);
  ASSERT_TRUE(said);
  said->input = "lives.csv";
  for (Notice& notice : said->notices) notice.file = "lives.csv";
  StringSink sink;
  write_json(sink, *said);
  EXPECT_EQ(sink.text(), ran.out);
  unsetenv("SOURCE_DATE_EPOCH");
}

}  // namespace
}  // namespace tidemark
