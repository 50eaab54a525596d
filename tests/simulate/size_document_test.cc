// What fits, as a document: the answer without a terminal and the command say the same.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "answers/size/size.h"
#include "diff/program.h"
#include "report/json_document.h"
#include "support/golden.h"

namespace tidemark {
namespace {

TEST(SizeDocument, IsWhatTheAnswerIs) {
  ASSERT_EQ(setenv("SOURCE_DATE_EPOCH", "0", 1), 0);
  const Ran ran = tidemark("size --quota 1GB --workers 3 --per-process 600MB --format json");
  ASSERT_EQ(ran.code, 3) << ran.err;

  SizeRequest request;
  request.quota = 1e9;
  request.workers = 3;
  request.per_process = 600e6;
  Monitor monitor;
  const auto said = answer(request, monitor);
  ASSERT_TRUE(said);
  StringSink whole;
  write_json(whole, *said);
  EXPECT_EQ(whole.text(), ran.out);
  StringSink begin;
  write_json(begin, *said, 3);
  EXPECT_EQ(golden_difference("size.json", begin.text()), "");
  unsetenv("SOURCE_DATE_EPOCH");
}

}  // namespace
}  // namespace tidemark
