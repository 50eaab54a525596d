#include "report/wrap.h"

#include <gtest/gtest.h>

#include <sstream>

#include "report/safe_text.h"

namespace tidemark {
namespace {

TEST(Wrap, ShortTextIsOneLine) {
  EXPECT_EQ(wrap("one line"), "one line\n");
  EXPECT_EQ(wrap(""), "\n");
}

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_EQ(wrap("aaa bbb ccc", {.width = 7}), "aaa bbb\nccc\n");
  EXPECT_EQ(wrap("aaa   bbb", {.width = 7}), "aaa bbb\n");
}

TEST(Wrap, HangingIndent) {
  EXPECT_EQ(wrap("aaa bbb ccc", {.width = 10, .first = "  1. ", .hanging = "     "}),
            "  1. aaa\n     bbb\n     ccc\n");
}

TEST(Wrap, NewlinesStay) {
  EXPECT_EQ(wrap("one\ntwo", {.first = "- ", .hanging = "  "}), "- one\n  two\n");
  EXPECT_EQ(wrap("one\n\ntwo\n"), "one\n\ntwo\n");
}

TEST(Wrap, NumbersStayWithTheirUnit) {
  EXPECT_EQ(wrap("it holds 1.5 MB, of 3 MB", {.width = 12}), "it holds\n1.5 MB, of\n3 MB\n");
  EXPECT_EQ(wrap("up 12 % now", {.width = 6}), "up\n12 %\nnow\n");
}

TEST(Wrap, LongWordsStayWhole) {
  EXPECT_EQ(wrap("see /srv/app/models/audit.rb:19 now", {.width = 12}),
            "see\n/srv/app/models/audit.rb:19\nnow\n");
}

TEST(Wrap, ColourTakesNoRoom) {
  EXPECT_EQ(wrap("\x1b[1maaa\x1b[0m bbb ccc", {.width = 7}), "\x1b[1maaa\x1b[0m bbb\nccc\n");
}

TEST(Wrap, FitsEveryWidth) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += std::string(1 + i % 9, 'w') + " ";
  for (std::size_t width = 12; width < 60; ++width) {
    std::istringstream lines(wrap(text, {.width = width, .hanging = "  "}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width);
  }
}

}  // namespace
}  // namespace tidemark
