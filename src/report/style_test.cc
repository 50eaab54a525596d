#include "report/style.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace tidemark {
namespace {

TEST(Style, OffLeavesTextAlone) {
  const TextStyle style;
  EXPECT_EQ(style.bold("x"), "x");
  EXPECT_EQ(style.red("x"), "x");
}

TEST(Style, OnWrapsText) {
  const TextStyle style(true);
  EXPECT_EQ(style.bold("x"), "\x1b[1mx\x1b[0m");
  EXPECT_EQ(style.yellow("x"), "\x1b[33mx\x1b[0m");
  EXPECT_EQ(style.paint(Tint::kPlain, "x"), "x");
  EXPECT_EQ(style.cyan(""), "");
}

TEST(Style, ModesOverrule) {
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(null, 0);
  EXPECT_TRUE(wants_color(ColorMode::kAlways, null));
  EXPECT_FALSE(wants_color(ColorMode::kNever, null));
  EXPECT_FALSE(wants_color(ColorMode::kAuto, null));
  close(null);
}

TEST(Style, AutoColoursATerminalUnlessToldNotTo) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) GTEST_SKIP() << "no pseudo-terminal here";
  setenv("TERM", "xterm", 1);
  unsetenv("NO_COLOR");
  EXPECT_TRUE(wants_color(ColorMode::kAuto, terminal));
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(wants_color(ColorMode::kAuto, terminal));
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(wants_color(ColorMode::kAuto, terminal));
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(wants_color(ColorMode::kAuto, terminal));
  close(terminal);
}

}  // namespace
}  // namespace tidemark
