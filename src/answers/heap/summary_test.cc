#include "answers/heap/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/dump_builder.h"
#include "support/leaking_app.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SummaryAnswerTest : public testing::Test {
 protected:
  SummaryAnswerTest() {
    request_.dump = folder_ / "heap.json";
    request_.read.use_index = false;
    write_file(request_.dump, leaking_app_dump(2));
  }

  SummaryAnswer answered() {
    auto found = answer(request_, monitor_);
    EXPECT_TRUE(found) << found.error().message;
    return found ? std::move(*found) : SummaryAnswer();
  }
  std::vector<std::string> labels(Dimension dimension) {
    const SummaryAnswer found = answered();
    std::vector<std::string> all;
    for (const HeapGroup& row : found.groups.of(dimension)->rows) {
      all.push_back(row.name.label.value_or("?"));
    }
    return all;
  }

  TemporaryFolder folder_;
  SummaryRequest request_;
  Monitor monitor_;
};

Amount sum_of(const HeapGroups& groups) {
  Amount sum = groups.left_out.portion.all;
  for (const HeapGroup& row : groups.rows) sum += row.portion.all;
  return sum;
}

TEST_F(SummaryAnswerTest, SaysWhatIsInAHeap) {
  const SummaryAnswer found = answered();
  EXPECT_EQ(found.name, request_.dump);
  EXPECT_EQ(found.read.format, "Ruby heap dump");
  EXPECT_FALSE(found.numbered);
  EXPECT_EQ(found.sort, SummarySort::kRetained);
  EXPECT_EQ(found.heap.all, (Amount{.objects = 159, .bytes = 17'700}));
  EXPECT_EQ(found.heap.program, (Amount{.objects = 7, .bytes = 3600}));
  ASSERT_TRUE(found.reachability);
  EXPECT_EQ(found.reachability->garbage, (Amount{.objects = 7, .bytes = 280}));
  ASSERT_TRUE(found.garbage_by_class);
  ASSERT_THAT(found.garbage_by_class->rows, SizeIs(1));
  EXPECT_EQ(found.garbage_by_class->rows[0].name.class_name, "Passing");
  ASSERT_TRUE(found.ages);
  EXPECT_EQ(found.ages->generations.front().generation, 10U);
  ASSERT_TRUE(found.duplicate_strings);
  EXPECT_EQ(found.duplicate_strings->texts, 1U);
  EXPECT_EQ(found.duplicate_strings->rows[0].copies, LeakingApp::kSettings);
  EXPECT_EQ(found.duplicate_strings->rows[0].preview, "production");
  ASSERT_TRUE(found.collections);
  EXPECT_EQ(found.collections->empty_count, 1U);
  ASSERT_TRUE(found.largest);
  const LargeObject& log = found.largest->by_retained_bytes.front();
  EXPECT_EQ(log.object.object, "Array (50)");
  EXPECT_EQ(log.object.address, "0x2000");
  EXPECT_EQ(log.retained_bytes, 7000U);
  ASSERT_TRUE(log.holder);
  EXPECT_EQ(log.holder->object, "class Audit");
}

TEST_F(SummaryAnswerTest, EveryTableAddsUpToTheHeap) {
  for (const std::string filter : {"", "Entry", "nothing of this name"}) {
    for (const bool data_only : {false, true}) {
      request_.filter = filter;
      request_.data_only = data_only;
      const SummaryAnswer found = answered();
      for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
        const HeapGroups* groups = found.groups.of(static_cast<Dimension>(i));
        ASSERT_EQ(groups == nullptr, static_cast<Dimension>(i) == Dimension::kGeneration);
        if (groups == nullptr) continue;
        EXPECT_EQ(sum_of(*groups), found.heap.all);
      }
    }
  }
}

TEST_F(SummaryAnswerTest, TablesAloneFilterAndOrder) {
  request_.by = {Dimension::kClass, Dimension::kGeneration};
  const SummaryAnswer found = answered();
  EXPECT_EQ(found.groups.of(Dimension::kSite), nullptr);
  EXPECT_TRUE(found.ages);
  EXPECT_FALSE(found.largest);
  EXPECT_FALSE(found.duplicate_strings);
  EXPECT_FALSE(found.garbage_by_class);
  const HeapGroup& first = found.groups.of(Dimension::kClass)->rows.front();
  EXPECT_EQ(first.name.label, "Class");
  EXPECT_EQ(first.portion.program, first.portion.all);
  request_.data_only = true;
  EXPECT_EQ(labels(Dimension::kClass).front(), "Array");
  request_.sort = SummarySort::kCount;
  EXPECT_EQ(labels(Dimension::kClass).front(), "String");
  request_.sort = SummarySort::kBytes;
  EXPECT_EQ(labels(Dimension::kClass).front(), "Page");
  request_.filter = "Audit";
  EXPECT_THAT(labels(Dimension::kClass), ElementsAre("Audit::Entry"));
}

TEST_F(SummaryAnswerTest, WhatRetainedMeans) {
  request_.by = {Dimension::kClass};
  request_.filter = "Audit::Entry";
  const SummaryAnswer found = answered();
  const HeapGroup& entries = found.groups.of(Dimension::kClass)->rows.front();
  EXPECT_EQ(entries.portion.all, (Amount{.objects = 50, .bytes = 2000}));
  EXPECT_EQ(entries.retained_bytes, 6000U) << "with their texts";
  EXPECT_DOUBLE_EQ(entries.share, 2000.0 / 17'700);
  EXPECT_EQ(entries.garbage, Amount());
}

TEST_F(SummaryAnswerTest, WithoutRootsNothingIsRetained) {
  DumpBuilder dump(Ruby::k33);
  dump.add({.address = 0x1000, .type = "STRING", .value = "text"});
  write_file(request_.dump, dump.text());
  request_.sort = SummarySort::kRetained;
  const SummaryAnswer found = answered();
  ASSERT_THAT(found.notices, SizeIs(1));
  EXPECT_EQ(found.sort, SummarySort::kBytes);
  EXPECT_FALSE(found.reachability);
  EXPECT_FALSE(found.garbage_by_class);
  EXPECT_FALSE(found.groups.of(Dimension::kClass)->rows.front().retained_bytes);
  EXPECT_THAT(found.largest->by_retained_bytes, IsEmpty());
  EXPECT_FALSE(found.largest->by_bytes.front().retained_bytes);
}

TEST_F(SummaryAnswerTest, ContentsAndNumberOfObjectsAsAskedFor) {
  request_.contents = false;
  request_.largest = 3;
  const SummaryAnswer found = answered();
  EXPECT_EQ(found.duplicate_strings->rows[0].preview, std::nullopt);
  EXPECT_THAT(found.largest->by_bytes, SizeIs(3));
}

TEST_F(SummaryAnswerTest, ErrorsAreThoseOfTheDump) {
  request_.dump = folder_ / "nowhere.json";
  const auto found = answer(request_, monitor_);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace tidemark
