#include "report/json_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "report/utf8.h"

namespace tidemark {
namespace {

std::string written(const std::function<void(JsonWriter&)>& write) {
  StringSink sink;
  {
    JsonWriter json(sink);
    write(json);
  }
  return sink.text();
}

std::string value_text(const auto& content) {
  return written([&](JsonWriter& json) { json.value(content); });
}

TEST(JsonWriter, DocumentBeginsWithItsSchema) {
  const std::string text = written([](JsonWriter& json) {
    json.begin_document("summary");
    json.member("objects", 30011);
    json.begin_array("classes");
    json.begin_object();
    json.member("name", "PrimeLeak::Node");
    json.null("site");
    json.end_object();
    json.value(true);
    json.end_array();
    json.begin_object("empty");
    json.end_object();
    json.begin_array("none");
    json.end_array();
    json.end_document();
  });
  EXPECT_EQ(text, R"({
  "schema": "tidemark.summary/1",
  "objects": 30011,
  "classes": [
    {
      "name": "PrimeLeak::Node",
      "site": null
    },
    true
  ],
  "empty": {},
  "none": []
}
)");
}

TEST(JsonWriter, IntegersAreExact) {
  EXPECT_EQ(value_text(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(value_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(value_text(std::uint8_t{7}), "7");
  EXPECT_EQ(value_text(false), "false");
}

TEST(JsonWriter, DoublesAreShortAndExact) {
  EXPECT_EQ(value_text(0.0), "0.0");
  EXPECT_EQ(value_text(0.1), "0.1");
  EXPECT_EQ(value_text(3.0), "3.0");
  EXPECT_EQ(value_text(-2.5), "-2.5");
  EXPECT_EQ(value_text(100000.0), "100000.0");
  EXPECT_EQ(value_text(1e300), "1e+300");
  EXPECT_EQ(value_text(1e-9), "1e-09");
  EXPECT_EQ(value_text(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(value_text(std::numeric_limits<double>::quiet_NaN()), "null");
}

TEST(JsonWriter, StringsAreEscaped) {
  EXPECT_EQ(value_text("a\"b\\c/\n\t\r"), R"("a\"b\\c/\n\t\r")");
  EXPECT_EQ(value_text(std::string_view("\0\x1b\x7f", 3)), R"("\u0000\u001b\u007f")");
  EXPECT_EQ(value_text("\u009b"), R"("\u009b")");
  EXPECT_EQ(value_text("naïve 数 🦊"), "\"naïve 数 🦊\"");
  EXPECT_EQ(value_text("\xff"), "\"\uFFFD\"");
}

TEST(JsonWriter, AnyBytesReadBack) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 30, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string text = written([&](JsonWriter& json) {
      json.begin_object();
      json.member(bytes, bytes);
      json.end_object();
    });
    const auto parsed = nlohmann::json::parse(text);
    ASSERT_EQ(parsed.begin().key(), valid_utf8(bytes));
    ASSERT_EQ(parsed.begin().value().get<std::string>(), valid_utf8(bytes));
  }
}

TEST(JsonWriter, AnyDoubleReadsBack) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 20000; ++round) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    ASSERT_EQ(nlohmann::json::parse(value_text(number)).get<double>(), number);
  }
}

TEST(JsonWriter, LargeDocumentsLeaveInPieces) {
  struct CountingSink final : TextSink {
    void write(std::string_view text) override {
      ++writes;
      all += text;
    }
    int writes = 0;
    std::string all;
  };
  CountingSink sink;
  JsonWriter json(sink);
  json.begin_document("diff");
  json.begin_array("numbers");
  for (int i = 0; i < 30011; ++i) json.value(i);
  json.end_array();
  json.end_document();
  EXPECT_GT(sink.writes, 2);
  EXPECT_EQ(nlohmann::json::parse(sink.all)["numbers"].size(), 30011U);
}

#ifndef NDEBUG
TEST(JsonWriterDeathTest, MisuseIsAnAssertion) {
  EXPECT_DEATH(written([](JsonWriter& json) { json.key("k"); }), "");
  EXPECT_DEATH(written([](JsonWriter& json) {
                 json.begin_object();
                 json.value(1);
               }),
               "");
  EXPECT_DEATH(written([](JsonWriter& json) {
                 json.begin_object();
                 json.end_array();
               }),
               "");
  EXPECT_DEATH(written([](JsonWriter& json) {
                 json.value(1);
                 json.value(2);
               }),
               "");
}
#endif

}  // namespace
}  // namespace tidemark
