#include "runtimes/preload/preload_capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

using testing::HasSubstr;

TEST(AnswerEnd, IsCutOff) {
  std::string text = "{}\n\n#tidemark done 123\n";
  const auto end = take_answer_end(text);
  ASSERT_TRUE(end && *end);
  EXPECT_EQ(**end, 123U);
  EXPECT_EQ(text, "{}\n");
}

TEST(AnswerEnd, AFailureSaysWhy) {
  std::string text = "half\n#tidemark failed Errno::ENOMEM: no\n";
  const auto end = take_answer_end(text);
  ASSERT_TRUE(end && !*end);
  EXPECT_THAT(end->error().message, HasSubstr("could not do it: Errno::ENOMEM: no"));
}

TEST(AnswerEnd, WhatBrokeOffHasNone) {
  for (std::string text : {"", "{}\n", "\n#tidemark done 12", "#tidemark done 12\n"}) {
    EXPECT_FALSE(take_answer_end(text)) << text;
  }
  std::string odd = "\n#tidemark something\n";
  const auto end = take_answer_end(odd);
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST(PreloadLine, IsReadyToPaste) {
  const auto ruby = preload_line(RuntimeKind::kRuby);
  ASSERT_TRUE(ruby) << ruby.error().message;
  EXPECT_THAT(*ruby, testing::MatchesRegex("RUBYOPT=\"-r/.*/capture-[0-9a-f]+.rb\""));
  const auto node = preload_line(RuntimeKind::kNode);
  ASSERT_TRUE(node);
  EXPECT_THAT(*node, HasSubstr("NODE_OPTIONS=\"--require /"));
}

}  // namespace
}  // namespace tidemark
