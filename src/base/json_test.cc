#include "base/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace tidemark {
namespace {

// Of the oracle's kind; of members of one name the last, as there.
nlohmann::json plain(const Json& json) {
  if (json.is_number()) return json.number_or(0);
  if (json.is_text()) return json.text();
  if (json.is_array()) {
    auto out = nlohmann::json::array();
    for (const Json& one : json.elements()) out.push_back(plain(one));
    return out;
  }
  if (json.is_object()) {
    auto out = nlohmann::json::object();
    for (const JsonMember& one : json.members()) out[one.name] = plain(one.value);
    return out;
  }
  return json.is_boolean() ? nlohmann::json(json.is_true()) : nlohmann::json();
}

TEST(Json, LooksUpWhatIsThere) {
  const auto read = parse_json(
      R"( {"a": [1, -2.5e3, "x\u00e9\n", true, null, {}], "b": {"c": {"d": 7}}, "a": 0} )", "f");
  ASSERT_TRUE(read) << read.error().message;
  const Json& json = *read;
  ASSERT_EQ(json["a"].elements().size(), 6);
  EXPECT_EQ(json["a"].elements()[1].number_or(0), -2500);
  EXPECT_EQ(json["a"].elements()[2].text(), "x\xc3\xa9\n");
  EXPECT_TRUE(json["a"].elements()[3].is_true());
  EXPECT_TRUE(json["a"].elements()[5].is_object());
  EXPECT_EQ(json["b"]["c"]["d"].number_or(0), 7);
}

TEST(Json, WhatIsNotThereIsANull) {
  const auto read = parse_json(R"({"a": "text", "n": null})", "f");
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)["none"]["of"]["these"].number_or(5), 5);
  EXPECT_EQ((*read)["a"].number_or(5), 5);
  EXPECT_EQ((*read)["n"].text(), "");
  EXPECT_TRUE((*read)["a"].elements().empty());
  EXPECT_TRUE((*read)["a"]["b"].members().empty());
  EXPECT_FALSE((*read)["a"].is_true());
}

TEST(Json, ReadsDocumentsThatAreOneValue) {
  EXPECT_EQ(parse_json("17", "f")->number_or(0), 17);
  EXPECT_EQ(parse_json("\"x\"", "f")->text(), "x");
  EXPECT_TRUE(parse_json(" true ", "f")->is_true());
  EXPECT_TRUE(parse_json("null", "f"));
  EXPECT_TRUE(parse_json("[]", "f")->is_array());
}

TEST(Json, SaysWhatIsBrokenAndWhere) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "[1 2]",
                           R"({"a" 1})",
                           R"({"a": 1,})",
                           R"({"a": tru})",
                           "[01]",
                           "[1.]",
                           R"(["\x"])",
                           R"(["a)",
                           "[1] 2",
                           "\"a\": 1",
                           "nul",
                           "nothing",
                           "1 2",
                           "{]",
                           "[}",
                           "[nulll]",
                           "\xff",
                           R"({"a": 1}})",
                           R"(["\ud800"])",
                           "[\"\t\"]"}) {
    const auto read = parse_json(text, "http://host/x");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kDamaged) << text;
    EXPECT_EQ(read.error().file, "http://host/x");
    EXPECT_TRUE(read.error().message.starts_with("broken JSON: ")) << read.error().message;
  }
  const auto read = parse_json(R"({"good": [1, 2, 3], "bad": [4, x], "more": 1})", "f");
  ASSERT_FALSE(read);
  ASSERT_TRUE(read.error().offset);
  EXPECT_NEAR(static_cast<double>(*read.error().offset), 31, 2);
}

TEST(Json, DeepNestingIsAnError) {
  const std::string deep = std::string(900, '[') + std::string(900, ']');
  EXPECT_TRUE(parse_json(deep, "f"));
  EXPECT_FALSE(parse_json(std::string(100'000, '['), "f"));
  EXPECT_FALSE(parse_json(std::string(2000, '[') + std::string(2000, ']'), "f"));
}

// What one of the two takes the other does too, and reads as the same.
TEST(Json, AgreesWithAnotherReaderOnDamagedText) {
  const std::string whole =
      R"({"status":"success","data":{"result":[{"metric":{"name":"a\"b","x":"\u20ac"},)"
      R"("values":[[1700000000.5,"1e6"],[17,"2"],[-0.25E-2,true],[null,false]]}]}})";
  std::mt19937 dice(7);
  int taken = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string text = whole;
    for (std::uint32_t i = 0; i <= dice() % 3; ++i) {
      const std::size_t at = dice() % text.size();
      const char other = whole[dice() % whole.size()];
      switch (dice() % 3) {
        case 0:
          text[at] = other;
          break;
        case 1:
          text.erase(at, 1 + dice() % 4);
          break;
        default:
          text.insert(at, 1, other);
      }
    }
    const auto read = parse_json(text, "f");
    const auto oracle = nlohmann::json::parse(text, nullptr, false);
    ASSERT_EQ(read.has_value(), !oracle.is_discarded()) << text;
    if (!read) continue;
    ++taken;
    EXPECT_EQ(plain(*read), oracle) << text;
  }
  EXPECT_GT(taken, 100);
}

}  // namespace
}  // namespace tidemark
