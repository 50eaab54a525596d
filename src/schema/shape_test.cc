#include "schema/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace shape_test {

enum class Mood : std::uint8_t { kGood, kBad };

struct Part {
  std::uint64_t bytes = 0;
  std::optional<double> odds;
};

struct Whole {
  std::vector<Notice> notices;
  Mood mood = Mood::kGood;
  std::optional<Part> best;
  std::vector<Part> parts;
  std::vector<std::string> names;
};

struct Wrong {
  std::vector<std::vector<int>> nested;
  int number = 0;
};

void describe(Fields& fields, const Part& part) {
  fields.record("Part", "A part.");
  fields("bytes", part.bytes, "what it takes");
  fields("odds", part.odds, "that it does");
}

void describe(Fields& fields, const Whole& whole) {
  fields.document("whole", 2, "All of it.", whole.notices);
  fields("mood", whole.mood, "how it is");
  fields("best", whole.best, "the best part");
  fields.rows("parts", whole.parts, "all parts");
  fields("names", whole.names, "what they are called");
}

void describe(Fields& fields, const Wrong& wrong) {
  fields.document("wrong", 2, "Everything that a description must not do.", {});
  fields("nested", wrong.nested, "lists");
  fields("Number", wrong.number, "not in lower case");
  fields("twice", wrong.number, "the first");
  fields("twice", wrong.number, "");
}

}  // namespace shape_test

template <>
inline constexpr auto kWordsOf<shape_test::Mood> = std::to_array<WordOf<shape_test::Mood>>({
    {shape_test::Mood::kGood, "good"},
    {shape_test::Mood::kBad, "bad", "not good"},
});

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ShapeOf, LearnsADocumentFromItsDescription) {
  std::vector<std::string> problems;
  const DocumentShape shape = shape_of<shape_test::Whole>(&problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(shape.top.name, "whole");
  EXPECT_EQ(shape.version, 2);
  std::vector<std::string> names;
  for (const FieldShape& field : shape.top.fields) names.push_back(field.name);
  EXPECT_THAT(names, ElementsAre("notices", "mood", "best", "parts_total", "parts", "names"));
  const FieldShape& mood = shape.top.fields[1];
  EXPECT_EQ(mood.kind, FieldKind::kWord);
  ASSERT_EQ(mood.words.size(), 2U);
  EXPECT_EQ(mood.words[1].word, "bad");
  const FieldShape& best = shape.top.fields[2];
  EXPECT_TRUE(best.optional);
  EXPECT_FALSE(best.list);
  EXPECT_EQ(best.type, "Part");
  const FieldShape& parts = shape.top.fields[4];
  EXPECT_TRUE(parts.list);
  EXPECT_FALSE(parts.optional);
  EXPECT_EQ(parts.type, "Part");
  ASSERT_EQ(shape.records.size(), 2U);
  EXPECT_EQ(shape.records[0].name, "Notice");
  EXPECT_EQ(shape.records[1].name, "Part");
  EXPECT_EQ(shape.records[1].fields[0].unit, "bytes");
  EXPECT_TRUE(shape.records[1].fields[1].optional);
}

TEST(ShapeOf, TellsWhatIsWrongWithADescription) {
  std::vector<std::string> problems;
  shape_of<shape_test::Wrong>(&problems);
  const std::string all = ::testing::PrintToString(problems);
  EXPECT_THAT(all, HasSubstr("nested: a list of lists"));
  EXPECT_THAT(all, HasSubstr("wrong.Number: no lower_snake_case"));
  EXPECT_THAT(all, HasSubstr("wrong.twice: there twice"));
  EXPECT_THAT(all, HasSubstr("wrong.twice: no meaning"));
}

TEST(WordsOf, GoBothWays) {
  EXPECT_EQ(word_for(shape_test::Mood::kBad), "bad");
  EXPECT_EQ(value_for<shape_test::Mood>("good"), shape_test::Mood::kGood);
  EXPECT_EQ(value_for<shape_test::Mood>("fair"), std::nullopt);
}

}  // namespace
}  // namespace tidemark
