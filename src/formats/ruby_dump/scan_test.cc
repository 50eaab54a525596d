#include "formats/ruby_dump/scan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tidemark::ruby {
namespace {

constexpr std::size_t kPadding = 64;

// A text at every alignment, with the padding that blocks have and nothing readable behind it
// (which the address sanitizer watches over).
template <class Check>
void at_every_alignment(std::string_view text, const Check& check) {
  for (std::size_t shift = 0; shift < 17; ++shift) {
    std::vector<char> bytes(shift + text.size() + kPadding);
    std::copy(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(shift));
    bytes.shrink_to_fit();
    const char* begin = bytes.data() + shift;
    check(begin, begin + text.size());
  }
}

TEST(Scan, TagsAreWhatIsLoaded) {
  EXPECT_EQ(load32("type\":"), tag("type"));
  EXPECT_EQ(load64(", \"line\":"), tag(", \"line\""));
  EXPECT_NE(load64(", \"line\":"), tag(", \"gener"));
}

TEST(Scan, EatsALiteralOrNothing) {
  at_every_alignment("true, 1", [](const char* p, const char*) {
    const char* begin = p;
    EXPECT_FALSE(eat(p, "trues"));
    EXPECT_EQ(p, begin);
    EXPECT_TRUE(eat(p, "true"));
    EXPECT_EQ(p, begin + 4);
  });
}

TEST(Scan, EatsAKeyWithItsWhiteSpace) {
  for (const std::string_view text : {"size\":x", "size\" :x", "size\": x", "size\"\t : \r x"}) {
    at_every_alignment(text, [](const char* p, const char* end) {
      const char* begin = p;
      EXPECT_FALSE(eat_key(p, "sizes\""));
      EXPECT_EQ(p, begin);
      EXPECT_TRUE(eat_key(p, "size\""));
      EXPECT_EQ(p, end - 1);
    });
  }
  for (const std::string_view text : {"size\"", "size\"  ", "size\"x:", "size"}) {
    at_every_alignment(text, [](const char* p, const char*) {
      const char* begin = p;
      EXPECT_FALSE(eat_key(p, "size\""));
      EXPECT_EQ(p, begin);
    });
  }
}

TEST(Scan, FindsAStopAtEveryDistance) {
  for (std::size_t before = 0; before < 70; ++before) {
    for (const char stop : {'"', '\\', '\n'}) {
      for (std::size_t behind = 0; behind < 20; behind += 19) {
        const std::string text = std::string(before, 'x') + stop + std::string(behind, '"');
        at_every_alignment(text, [&](const char* p, const char* end) {
          EXPECT_EQ((scan_to<'"', '\\'>(p, end)), p + before);
          const char* quote = scan_to<'"'>(p, end);
          if (stop != '\\') {
            EXPECT_EQ(quote, p + before);
          } else {
            EXPECT_EQ(quote, behind == 0 ? end : p + before + 1);
          }
        });
      }
    }
    at_every_alignment(std::string(before, 'x'), [](const char* p, const char* end) {
      EXPECT_EQ(scan_to<'"'>(p, end), end);
      EXPECT_EQ(scan_to<'"'>(end, end), end);
    });
  }
}

// What lies behind the end of a block is not looked for.
TEST(Scan, StopsAtTheEnd) {
  const std::string text = std::string(40, 'x') + "\"" + std::string(kPadding, '\0');
  for (std::size_t size = 0; size <= 40; ++size) {
    EXPECT_EQ(scan_to<'"'>(text.data(), text.data() + size), text.data() + size);
    EXPECT_EQ(find_byte(text.data(), '"', text.data() + size), text.data() + size);
    EXPECT_EQ(closing_quote(text.data(), text.data() + size), text.data() + size);
  }
}

TEST(Scan, ClosingQuotesAgreeWithAPlainLoop) {
  std::mt19937_64 random(1);
  constexpr std::string_view kAlphabet = "x\\\"\n";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::uint64_t i = random() % 60; i > 0; --i) {
      text += random() % 3 == 0 ? kAlphabet[random() % kAlphabet.size()] : 'y';
    }
    std::size_t expected = 0;
    while (expected < text.size() && text[expected] != '"' && text[expected] != '\n') {
      const bool escape = text[expected] == '\\';
      expected += escape && expected + 1 < text.size() && text[expected + 1] != '\n' ? 2 : 1;
    }
    at_every_alignment(text, [&](const char* p, const char* end) {
      EXPECT_EQ(closing_quote(p, end) - p, static_cast<std::ptrdiff_t>(expected)) << text;
    });
  }
}

TEST(Scan, ReadsHexadecimalNumbersOfEveryLength) {
  std::mt19937_64 random(2);
  for (int digits = 1; digits <= 16; ++digits) {
    for (int round = 0; round < 50; ++round) {
      const std::uint64_t value = random() >> (64 - 4 * digits);
      for (const std::string& text :
           {fmt::format("{:x}\"", value), fmt::format("{:X}\"", value),
            fmt::format("{:0{}x}\", \"0x", value, digits), fmt::format("{:020x}\"", value)}) {
        at_every_alignment(text, [&](const char* p, const char*) {
          std::uint64_t read = 0;
          ASSERT_TRUE(parse_hex(p, read)) << text;
          EXPECT_EQ(read, value) << text;
          EXPECT_EQ(*p, '"');
        });
      }
    }
  }
}

TEST(Scan, NoDigitIsZero) {
  const char text[kPadding] = "\"";
  const char* p = text;
  std::uint64_t value = 5;
  EXPECT_TRUE(parse_hex(p, value));
  EXPECT_EQ(value, 0U);
  EXPECT_EQ(p, text);
}

TEST(Scan, RefusesWhatIsNoHexadecimalNumber) {
  for (const std::string_view text :
       {"", "12", "12\n34\"", "g\"", "1g\"", "/\"", ":\"", "@\"", "`\"", "G\"", "-1\"", " 1\"",
        "\xff\"", "\x81\"", "1 \"", "10000000000000000\"", "fffffffffffffffff\"", "12345678901234",
        "123456789012345678"}) {
    at_every_alignment(text, [&](const char* p, const char*) {
      std::uint64_t value = 0;
      EXPECT_FALSE(parse_hex(p, value)) << text;
    });
  }
}

// Every byte in every place: the digits are exactly those of the C locale.
TEST(Scan, HexadecimalDigitsAreExactlyThose) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte == '"') continue;
    for (std::size_t place = 0; place < 15; ++place) {
      std::string text(15, '1');
      text[place] = static_cast<char>(byte);
      text += "\"";
      text.resize(text.size() + kPadding);
      const char* p = text.data();
      std::uint64_t value = 0;
      const bool digit = byte < 128 && std::isxdigit(byte) != 0;
      ASSERT_EQ(parse_hex(p, value), digit) << byte << " at " << place;
      if (digit) {
        ASSERT_EQ(value, std::stoull(text.substr(0, 15), nullptr, 16));
      }
    }
  }
}

TEST(Scan, ReadsNumbersUpTo64Bits) {
  for (const std::uint64_t value :
       {0UL, 1UL, 9UL, 10UL, 4294967296UL, 1844674407370955161UL, 18446744073709551609UL,
        18446744073709551614UL, 18446744073709551615UL}) {
    at_every_alignment(fmt::format("{}, ", value), [&](const char* p, const char* end) {
      std::uint64_t read = 0;
      EXPECT_TRUE(parse_number(p, read)) << value;
      EXPECT_EQ(read, value);
      EXPECT_EQ(p, end - 2);
    });
  }
  at_every_alignment("00000000000000000000000000000012", [](const char* p, const char*) {
    std::uint64_t read = 0;
    EXPECT_TRUE(parse_number(p, read));
    EXPECT_EQ(read, 12U);
  });
}

TEST(Scan, RefusesWhatIsNoNumber) {
  for (const std::string_view text :
       {"", "-1", "x", " 1", "18446744073709551616", "18446744073709551620", "99999999999999999999",
        "184467440737095516150"}) {
    at_every_alignment(text, [&](const char* p, const char*) {
      std::uint64_t value = 0;
      EXPECT_FALSE(parse_number(p, value)) << text;
    });
  }
}

}  // namespace
}  // namespace tidemark::ruby
