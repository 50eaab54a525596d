#include "runtimes/ruby/rbtrace.h"

#include <gtest/gtest.h>

#include <random>

#include "host/process.h"

namespace tidemark {
namespace {

using std::string_literals::operator""s;

// As the gem's own client packs them.
TEST(RbtraceMessage, IsMessagePack) {
  EXPECT_EQ(rbtrace_message("detach"),
            "\x91\xa6"
            "detach");
  EXPECT_EQ(rbtrace_message("attach", 70'000),
            "\x92\xa6"
            "attach\xce\0\x01\x11\x70"s);
  EXPECT_EQ(rbtrace_run_message("1"),
            "\x93\xa3"
            "add\xa8"
            "1;false.\xc2"s);
  const std::string code(193, 'x');
  EXPECT_EQ(rbtrace_run_message(code),
            "\x93\xa3"
            "add\xda\0\xc8"s +
                code + ";false.\xc2");
}

TEST(RbtraceEvent, TextsNumbersAndOthers) {
  const auto attached = parse_rbtrace_event(
      "\x92\xc4\x08"
      "attached\xce\0\x01\x11\x70"s);
  ASSERT_TRUE(attached);
  EXPECT_EQ(attached->name, "attached");
  EXPECT_EQ(attached->number, 70'000U);
  const auto evaled = parse_rbtrace_event(
      "\x92\xa6"
      "evaled\xc5\0\x03nil"s);
  ASSERT_TRUE(evaled);
  EXPECT_EQ(evaled->name, "evaled");
  EXPECT_FALSE(evaled->number);
  const auto later = parse_rbtrace_event(
      "\x91\xa9"
      "during_gc"s);
  ASSERT_TRUE(later);
  EXPECT_EQ(later->name, "during_gc");
  const auto forked = parse_rbtrace_event(
      "\x92\xa6"
      "forked\xc2"s);
  ASSERT_TRUE(forked);
  EXPECT_FALSE(forked->number);
}

TEST(RbtraceEvent, AnythingElseIsNone) {
  const std::string whole =
      "\x92\xc4\x06"
      "evaled\xc4\x03nil"s;
  for (std::size_t size = 0; size < 10; ++size)
    EXPECT_FALSE(parse_rbtrace_event(std::span(whole).first(size))) << size;
  EXPECT_FALSE(parse_rbtrace_event("\x90"s));
  EXPECT_FALSE(
      parse_rbtrace_event("\x81\xa1"
                          "a\x01"s));
  EXPECT_FALSE(parse_rbtrace_event("\x92\xdb\xff\xff\xff\xff"s));
  EXPECT_FALSE(
      parse_rbtrace_event("\x92\xa6"
                          "attach\xce\0\x01"s))
      << "cut in the number";
  std::mt19937 random(3);
  for (int round = 0; round < 10'000; ++round) {
    std::string bytes(random() % 30, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    (void)parse_rbtrace_event(bytes);  // reads nothing beyond them
  }
}

TEST(ListensForRbtrace, BySigurg) {
  ProcessStatus status;
  EXPECT_FALSE(listens_for_rbtrace(status));
  status.signals_caught = 0x400000;
  EXPECT_TRUE(listens_for_rbtrace(status));
}

}  // namespace
}  // namespace tidemark
