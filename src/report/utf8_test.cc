#include "report/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace tidemark {
namespace {

TEST(Utf8, EveryCodePointRoundTrips) {
  for (std::uint32_t code = 0; code <= 0x10FFFF; ++code) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, code);
    const Utf8Character back = decode_utf8(text);
    ASSERT_TRUE(back.valid) << code;
    ASSERT_EQ(back.code, code);
    ASSERT_EQ(back.length, text.size());
  }
}

TEST(Utf8, InvalidSequencesTakeOneByte) {
  for (const std::string_view bytes :
       {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xF8\x88\x80\x80", "\xFF", "\xE2\x82", "\xE2(\xA1"}) {
    const Utf8Character first = decode_utf8(bytes);
    EXPECT_FALSE(first.valid) << bytes;
    EXPECT_EQ(first.length, 1U) << bytes;
    EXPECT_EQ(first.code, kReplacementCharacter) << bytes;
  }
}

TEST(Utf8, ValidCopyReplacesOnlyWhatIsBroken) {
  EXPECT_EQ(valid_utf8("naïve 数"), "naïve 数");
  EXPECT_EQ(valid_utf8("a\xFF\xFE z"), "a\uFFFD\uFFFD z");
  EXPECT_EQ(valid_utf8("cut \xE6\x95"), "cut \uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8(""), "");
}

TEST(Utf8, WidthsOnATerminal) {
  EXPECT_EQ(display_width(U'a'), 1);
  EXPECT_EQ(display_width(U'é'), 1);
  EXPECT_EQ(display_width(U'…'), 1);
  EXPECT_EQ(display_width(U'─'), 1);
  EXPECT_EQ(display_width(U'数'), 2);
  EXPECT_EQ(display_width(U'한'), 2);
  EXPECT_EQ(display_width(U'Ａ'), 2);
  EXPECT_EQ(display_width(U'🦊'), 2);
  EXPECT_EQ(display_width(char32_t{0x0301}), 0);  // combining acute accent
  EXPECT_EQ(display_width(char32_t{0x200D}), 0);  // joiner
}

}  // namespace
}  // namespace tidemark
