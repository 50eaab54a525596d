// The simulation as a document: the answer without a terminal and the command say the same.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "answers/size/simulate.h"
#include "diff/program.h"
#include "report/json_document.h"
#include "support/golden.h"

namespace tidemark {
namespace {

TEST(SimulateDocument, IsWhatTheAnswerIs) {
  ASSERT_EQ(setenv("SOURCE_DATE_EPOCH", "0", 1), 0);
  const Ran ran = tidemark(
      "simulate --threads 2 --requests 20 --time 100ms --peak uniform:10MB:30MB --base 100MB "
      "--quota 180MB --runs 5 --format json");
  ASSERT_EQ(ran.code, 0) << ran.err;

  SimulateRequest request;
  request.threads = 2;
  request.requests_per_thread = 20;
  request.traffic.seconds = Distribution::fixed(0.1);
  request.traffic.peak_bytes = Distribution::uniform(10e6, 30e6);
  request.base = 100e6;
  request.quota = 180e6;
  request.runs = 5;
  Monitor monitor;
  const auto said = answer(request, monitor);
  ASSERT_TRUE(said);
  StringSink whole;
  write_json(whole, *said);
  EXPECT_EQ(whole.text(), ran.out);
  StringSink begin;
  write_json(begin, *said, 3);
  EXPECT_EQ(golden_difference("simulate.json", begin.text()), "");
  unsetenv("SOURCE_DATE_EPOCH");
}

}  // namespace
}  // namespace tidemark
