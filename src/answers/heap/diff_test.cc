#include "answers/heap/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "answers/heap/devtools_comparison.h"
#include "answers/heap/three_dump_method.h"
#include "support/leaking_app.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DiffAnswerTest : public testing::Test {
 protected:
  DiffAnswerTest() {
    for (std::uint64_t i = 0; i < 3; ++i) {
      request_.dumps.push_back(folder_ / std::to_string(i) + ".json");
      write_file(request_.dumps.back(), leaking_app_dump(i));
    }
    request_.by = Dimension::kClass;
    request_.read.use_index = false;
  }

  DiffAnswer answered() {
    auto found = answer(request_, monitor_);
    EXPECT_TRUE(found) << found.error().message;
    return found ? std::move(*found) : DiffAnswer();
  }

  TemporaryFolder folder_;
  DiffRequest request_;
  Monitor monitor_;
};

TEST_F(DiffAnswerTest, SaysWhatGrowsAndWhatIsBounded) {
  const DiffAnswer found = answered();
  EXPECT_TRUE(found.comparable);
  EXPECT_FALSE(found.numbered);
  EXPECT_THAT(found.notices, IsEmpty());
  ASSERT_THAT(found.dumps, SizeIs(3));
  EXPECT_EQ(found.dumps[1].name, request_.dumps[1]);
  EXPECT_EQ(found.dumps[0].hours, std::nullopt) << "files of the same minute";
  ASSERT_THAT(found.intervals, SizeIs(2));
  EXPECT_EQ(found.intervals[0].born,
            2 * LeakingApp::kEntriesMore + LeakingApp::kPages + LeakingApp::kPassing);
  EXPECT_EQ(found.intervals[0].died, LeakingApp::kPassing);
  ASSERT_THAT(found.groups, SizeIs(3));
  const ChangedGroup& entries = found.groups[0];
  EXPECT_EQ(entries.trend, Trend::kGrows);
  EXPECT_EQ(entries.name.class_name, "Audit::Entry");
  EXPECT_EQ(entries.name.type, "OBJECT");
  EXPECT_THAT(entries.counts, ElementsAre(10, 30, 50));
  EXPECT_EQ(entries.stayed, 20U);
  EXPECT_EQ(entries.stayed_bytes, 800U);
  EXPECT_EQ(entries.stayed_retained_bytes, 2400U) << "with their texts";
  EXPECT_EQ(entries.growth_per_hour, std::nullopt);
  EXPECT_EQ(found.groups[1].name.class_name, "String");
  EXPECT_EQ(found.groups[2].trend, Trend::kBounded);
  EXPECT_EQ(found.groups[2].name.class_name, "Page");
  EXPECT_EQ(found.growing_bytes, 2400U);
  EXPECT_EQ(found.stayed.objects, 2 * LeakingApp::kEntriesMore + LeakingApp::kPages);
}

TEST_F(DiffAnswerTest, WithTimesThereAreRates) {
  request_.at_seconds = {0, 1800, 7200};
  const DiffAnswer found = answered();
  EXPECT_EQ(found.times_from, TimesFrom::kRequest);
  EXPECT_EQ(found.dumps[2].hours, 2);
  EXPECT_EQ(found.groups[0].growth_per_hour, 20);
  request_.at_seconds = {0, 1800};
  const auto wrong = answer(request_, monitor_);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kUsage);
}

TEST_F(DiffAnswerTest, FilterOrderAndWithoutRetained) {
  request_.filter = "Entry";
  EXPECT_THAT(answered().groups, SizeIs(1));
  request_.filter = "Nothing of this name";
  EXPECT_THAT(answered().groups, IsEmpty());
  request_.filter = {};
  request_.sort = DiffSort::kBytes;
  EXPECT_EQ(answered().groups[0].name.class_name, "String");
  request_.sort = DiffSort::kRetained;
  request_.retained = false;
  const DiffAnswer found = answered();
  EXPECT_EQ(found.stayed.retained_bytes, std::nullopt);
  EXPECT_EQ(found.groups[0].name.class_name, "String") << "by bytes, then";
  EXPECT_EQ(found.groups[0].stayed_retained_bytes, std::nullopt);
}

TEST_F(DiffAnswerTest, SeveralDumpsInOneFile) {
  const std::string all = folder_ / "all.json";
  write_file(all, leaking_app_dump(0) + leaking_app_dump(1) + leaking_app_dump(2));
  request_.dumps = {all};
  const DiffAnswer found = answered();
  ASSERT_THAT(found.dumps, SizeIs(3));
  EXPECT_EQ(found.dumps[2].name, all + "#3");
  EXPECT_THAT(found.groups[0].counts, ElementsAre(10, 30, 50));
}

TEST_F(DiffAnswerTest, DamageIsANotice) {
  write_file(request_.dumps[1], leaking_app_dump(1) + "not a record\n");
  const DiffAnswer found = answered();
  ASSERT_THAT(found.notices, SizeIs(1));
  EXPECT_EQ(found.notices[0].code, "damaged_lines");
  EXPECT_EQ(found.notices[0].file, request_.dumps[1]);
  request_.read.strict = true;
  EXPECT_FALSE(answer(request_, monitor_));
}

TEST_F(DiffAnswerTest, OneDumpIsNoComparison) {
  request_.dumps.resize(1);
  const auto found = answer(request_, monitor_);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kUsage);
  EXPECT_THAT(found.error().hint, HasSubstr("tidemark summary"));
}

TEST_F(DiffAnswerTest, ThreeDumpMethodComparesAddressesAlone) {
  const auto found = answer(ThreeDumpRequest{.dumps = request_.dumps, .read = {}}, monitor_);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_THAT(found->leaked, SizeIs(3));
  EXPECT_EQ(found->leaked[0].objects, LeakingApp::kPages);
  EXPECT_EQ(found->leaked[0].file, "/app/models/page.rb");
  EXPECT_EQ(found->leaked[0].line, 7U);
  EXPECT_EQ(found->bytes, 160 * LeakingApp::kPages + (40 + 80) * LeakingApp::kEntriesMore);
  request_.dumps.resize(2);
  const auto two = answer(ThreeDumpRequest{.dumps = request_.dumps, .read = {}}, monitor_);
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().message, "the three-dump method compares three dumps, not 2");
}

TEST_F(DiffAnswerTest, DevtoolsComparisonIsOfTwoSnapshots) {
  const auto three =
      answer(DevtoolsComparisonRequest{.dumps = request_.dumps, .read = {}}, monitor_);
  ASSERT_FALSE(three);
  EXPECT_EQ(three.error().code, ErrorCode::kUsage);
  request_.dumps.resize(2);
  const auto ruby =
      answer(DevtoolsComparisonRequest{.dumps = request_.dumps, .read = {}}, monitor_);
  ASSERT_FALSE(ruby);
  EXPECT_EQ(ruby.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tidemark
