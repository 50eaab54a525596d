#include "heap/vocabulary.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace tidemark {
namespace {

using namespace std::string_literals;

TEST(Vocabulary, EqualWordsHaveEqualIds) {
  Vocabulary words;
  const StringId one = words.intern("one");
  EXPECT_EQ(words.intern("o"s + "ne"), one);
  EXPECT_NE(words.intern("two"), one);
  EXPECT_EQ(words.text(one), "one");
  EXPECT_EQ(words.string_count(), 2U);
  EXPECT_EQ(words.text(StringId::none()), "");
}

TEST(Vocabulary, KeepsAnyBytesAndAnyLength) {
  Vocabulary words;
  std::vector<std::pair<std::string, StringId>> kept;
  for (std::size_t length : {0UL, 1UL, 100UL, 65535UL, 65536UL, 65537UL, 1000000UL, 3UL, 70000UL}) {
    std::string text(length, '\0');
    for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>(i * 7 + length);
    kept.emplace_back(text, words.intern(text));
  }
  for (int i = 0; i < 100'000; ++i) words.intern("word " + std::to_string(i));
  for (const auto& [text, id] : kept) {
    EXPECT_EQ(words.text(id), text);
    EXPECT_EQ(words.intern(text), id);
  }
}

TEST(Vocabulary, ClassesAndSitesHaveIdsOfTheirOwn) {
  Vocabulary words;
  words.intern("filler");
  const ClassId order = words.intern_class("Order");
  EXPECT_EQ(words.intern_class("Order"), order);
  EXPECT_EQ(words.class_name(order), "Order");
  EXPECT_EQ(words.class_name(ClassId::none()), "");
  EXPECT_EQ(words.class_count(), 1U);

  const Site site{.file = words.intern("a.rb"), .line = 3, .method = words.intern("call")};
  const SiteId id = words.intern_site(site);
  EXPECT_EQ(words.intern_site(site), id);
  EXPECT_EQ(words.site(id), site);
  const Site elsewhere{.file = site.file, .line = 4, .method = site.method};
  const Site unnamed{.file = site.file, .line = 3, .method = {}};
  EXPECT_NE(words.intern_site(elsewhere), id);
  EXPECT_NE(words.intern_site(unnamed), id);
  EXPECT_EQ(words.site_count(), 3U);
}

TEST(Vocabulary, LabelsSitesAsFarAsTheyAreKnown) {
  Vocabulary words;
  const StringId file = words.intern("a.rb");
  EXPECT_EQ(words.site_label(words.intern_site({.file = file, .line = 3, .method = {}})), "a.rb:3");
  EXPECT_EQ(words.site_label(words.intern_site({.file = file, .line = 0, .method = {}})), "a.rb");
  EXPECT_EQ(words.site_label(words.intern_site({.file = {}, .line = 3, .method = file})), "");
  EXPECT_EQ(words.site_label(SiteId::none()), "");
}

TEST(Vocabulary, ThreadsGetTheSameIds) {
  Vocabulary words;
  std::array<std::vector<ClassId>, 3> ids;
  {
    std::vector<std::jthread> team;
    for (auto& mine : ids) {
      team.emplace_back([&words, &mine] {
        for (int i = 0; i < 3000; ++i) {
          mine.push_back(words.intern_class("Class" + std::to_string(i % 700)));
          words.intern_site(
              {.file = words.intern("f"), .line = static_cast<std::uint32_t>(i), .method = {}});
        }
      });
    }
  }
  for (const auto& mine : ids) EXPECT_EQ(mine, ids[0]);
  EXPECT_EQ(words.class_count(), 700U);
  EXPECT_EQ(words.site_count(), 3000U);
}

}  // namespace
}  // namespace tidemark
