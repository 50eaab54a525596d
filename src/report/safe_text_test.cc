#include "report/safe_text.h"

#include <gtest/gtest.h>

#include <random>

#include "report/utf8.h"

namespace tidemark {
namespace {

TEST(SafeText, OrdinaryNamesStayAsTheyAre) {
  for (const std::string_view text :
       {"", "PrimeLeak::Node", "#<Class:Foo>", "a\\b", "naïve", "数据::缓存", "🦊"}) {
    EXPECT_EQ(safe_text(text), text);
  }
}

TEST(SafeText, ControlCharactersAreEscaped) {
  EXPECT_EQ(safe_text("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(safe_text("\x1b]0;owned\x07"), "\\x1b]0;owned\\x07");
  EXPECT_EQ(safe_text(std::string_view("\0x", 2)), "\\x00x");
  EXPECT_EQ(safe_text("\x7f"), "\\x7f");
  EXPECT_EQ(safe_text("\u009b31m"), "\\u{9b}31m");  // the one-character form of ESC [
}

TEST(SafeText, InvisibleAndReorderingCharactersAreEscaped) {
  EXPECT_EQ(safe_text("user\u202egpj"), "user\\u{202e}gpj");
  EXPECT_EQ(safe_text("a\u2066b\u2069"), "a\\u{2066}b\\u{2069}");
  EXPECT_EQ(safe_text("zero\u200bwidth"), "zero\\u{200b}width");
  EXPECT_EQ(safe_text("line\u2028break"), "line\\u{2028}break");
  EXPECT_EQ(safe_text("\ufeffBOM"), "\\u{feff}BOM");
}

TEST(SafeText, InvalidBytesAreEscaped) { EXPECT_EQ(safe_text("a\xff\xc3z"), "a\\xff\\xc3z"); }

TEST(SafeText, PilesOfCombiningMarksAreCutDown) {
  EXPECT_EQ(safe_text("e\u0301"), "e\u0301");
  EXPECT_EQ(safe_text("e\u0301\u0301\u0301\u0301x"), "e\u0301\u0301\u0301\\u{301}x");
}

TEST(SafeText, AnyBytesBecomeOneSafeLine) {
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string safe = safe_text(bytes);
    EXPECT_EQ(valid_utf8(safe), safe);
    for (const char c : safe) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    EXPECT_EQ(safe_text(safe), safe);
  }
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("naïve"), 5U);
  EXPECT_EQ(display_width("数据"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("\x1b[1mbold\x1b[0m"), 4U);
}

TEST(Shorten, LeavesWhatFits) {
  EXPECT_EQ(shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten("数据", 4, Shorten::kMiddle), "数据");
}

TEST(Shorten, CutsWhereAsked) {
  EXPECT_EQ(shorten("ActiveSupport", 8, Shorten::kEnd), "ActiveS…");
  EXPECT_EQ(shorten("ActiveSupport", 8, Shorten::kMiddle), "Acti…ort");
  EXPECT_EQ(shorten("ActiveSupport", 8, Shorten::kFront), "…Support");
  EXPECT_EQ(shorten("ActiveSupport", 1, Shorten::kMiddle), "…");
  EXPECT_EQ(shorten("ActiveSupport", 0), "");
}

TEST(Shorten, PathsBreakAtASlash) {
  const std::string_view path = "/srv/shop/releases/42/app/request_audit.rb:19";
  EXPECT_EQ(shorten(path, 27, Shorten::kFront), "…/app/request_audit.rb:19");
  EXPECT_EQ(shorten(path, 25, Shorten::kFront), "…/app/request_audit.rb:19");
  EXPECT_EQ(shorten(path, 24, Shorten::kFront), "…/request_audit.rb:19");
  EXPECT_EQ(shorten(path, 12, Shorten::kFront), "…audit.rb:19");
}

TEST(Shorten, WideCharactersAreNotHalved) {
  EXPECT_EQ(shorten("数据缓存", 5, Shorten::kEnd), "数据…");
  EXPECT_EQ(shorten("数据缓存", 4, Shorten::kEnd), "数…");
  EXPECT_EQ(shorten("数据缓存", 4, Shorten::kFront), "…存");
}

TEST(Shorten, NeverWiderThanAsked) {
  const std::string text = "a数b/c🦊d\u0301/efgh/数数数/ij";
  for (std::size_t width = 0; width < 40; ++width) {
    for (const Shorten where : {Shorten::kEnd, Shorten::kMiddle, Shorten::kFront}) {
      const std::string out = shorten(text, width, where);
      EXPECT_LE(display_width(out), width);
      EXPECT_EQ(valid_utf8(out), out);
    }
  }
}

}  // namespace
}  // namespace tidemark
