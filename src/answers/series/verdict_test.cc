#include "answers/series/verdict.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "store/history_store.h"
#include "support/memory_world.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

std::string csv_of(const MemorySeries& series) {
  std::string text = "time,rss_mb\n";
  for (const MemorySample& sample : series.samples) {
    text += fmt::format("{},{}\n", sample.time, sample.bytes / 1e6);
  }
  return text;
}

Result<VerdictAnswer> answer_of(const VerdictRequest& request) {
  Monitor monitor;
  return answer(request, monitor);
}

class VerdictAnswers : public ::testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& text) {
    write_file(folder_ / name, text);
    return folder_ / name;
  }

  TemporaryFolder folder_;
};

TEST_F(VerdictAnswers, SayWhatItIsAndWhatToDo) {
  VerdictRequest request;
  request.series.input = put("leak.csv", csv_of(make_world(WorldKind::kLeak, 1).series));
  request.series.quota_bytes = 5e9;
  request.series.workers = 3;
  const auto said = answer_of(request);
  ASSERT_TRUE(said);
  ASSERT_EQ(said->series.size(), 1);
  EXPECT_EQ(said->series[0].verdict.kind, VerdictKind::kLeak);
  EXPECT_EQ(said->series[0].verdict.quota, 5e9);
  EXPECT_EQ(said->series[0].verdict.workers, 3);
  EXPECT_FALSE(said->series[0].series.samples.empty());
  EXPECT_EQ(said->next, VerdictStep::kTakeDumps);
  EXPECT_TRUE(is_alarming(*said));
  EXPECT_EQ(said->input, request.series.input);
}

TEST_F(VerdictAnswers, TellWhatTheReaderHadToLeaveOut) {
  VerdictRequest request;
  request.series.input = put("odd.csv", "time,rss_mb\n1000,100\nyesterday,7\n1060,101\n");
  const auto said = answer_of(request);
  ASSERT_TRUE(said);
  ASSERT_EQ(said->notices.size(), 1);
  EXPECT_EQ(said->notices[0].code, "damaged_rows");
  EXPECT_EQ(said->notices[0].file, request.series.input);
  EXPECT_EQ(said->series[0].verdict.kind, VerdictKind::kInsufficient);
  EXPECT_FALSE(is_alarming(*said));
}

TEST_F(VerdictAnswers, AreOfWhatWasAskedFor) {
  VerdictRequest request;
  request.series.input =
      put("two.csv", "time,name,rss_mb\n1000,a,100\n1000,b,7\n4600,a,101\n4600,b,8\n");
  request.series.only = {"b"};
  request.series.since_seconds = 60;
  const auto said = answer_of(request);
  ASSERT_TRUE(said);
  ASSERT_EQ(said->series.size(), 1);
  EXPECT_EQ(said->series[0].series.name, "b");
  EXPECT_EQ(said->series[0].series.samples.size(), 1);
  request.series.only = {"c"};
  const auto none = answer_of(request);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(none.error().hint, "there is: a, b");
}

TEST_F(VerdictAnswers, WeighTheHeapOfTheSameProcess) {
  const std::string path = folder_ / "history.db";
  MemorySeries memory = make_world(WorldKind::kLeak, 1).series;
  memory.name = "puma";
  MemorySeries heap = make_world(WorldKind::kFlat, 1).series;
  heap.name = "puma";
  heap.kind = MemoryKind::kHeapAfterGc;
  {
    auto store = HistoryStore::open(path, {});
    ASSERT_TRUE(store);
    ASSERT_TRUE(store->append(memory, 0, 0));
    ASSERT_TRUE(store->append(heap, 0, 0));
  }
  VerdictRequest request;
  request.series.input = path;
  const auto said = answer_of(request);
  ASSERT_TRUE(said);
  ASSERT_EQ(said->series.size(), 1);
  ASSERT_TRUE(said->series[0].verdict.heap);
  EXPECT_EQ(said->series[0].verdict.heap->says, HeapSays::kGrowthIsOutside);
  EXPECT_EQ(said->next, VerdictStep::kTryAllocator);
}

TEST(Conclude, FindsTheWorst) {
  std::vector<JudgedSeries> judged(4);
  judged[0].verdict.kind = VerdictKind::kSteady;
  for (const std::size_t leak : {1, 2}) {
    judged[leak].verdict.kind = VerdictKind::kLeak;
    judged[leak].verdict.confidence = 0.3 * static_cast<double>(leak);
  }
  judged[3].verdict.kind = VerdictKind::kBloat;
  const VerdictAnswer said = conclude("x", judged);
  EXPECT_EQ(said.worst, 2);
  EXPECT_EQ(said.next, VerdictStep::kTakeDumps);
}

TEST(ThinOut, KeepsWhatWasLeastAndMost) {
  std::vector<MemorySample> samples;
  for (int i = 0; i < 1000; ++i) samples.push_back({.time = 1.0 * i, .bytes = i == 500 ? 9.0 : 1});
  const auto pieces = thin_out(samples, 10);
  ASSERT_EQ(pieces.size(), 10);
  std::size_t all = 0;
  double high = 0;
  for (const MemoryPiece& piece : pieces) {
    all += piece.samples;
    high = std::max(high, piece.high);
    EXPECT_EQ(piece.low, 1);
    EXPECT_LE(piece.mean, piece.high);
  }
  EXPECT_EQ(all, 1000);
  EXPECT_EQ(high, 9);
  EXPECT_EQ(pieces.back().end, 999);
  EXPECT_EQ(thin_out({{.time = 5, .bytes = 1}, {.time = 5, .bytes = 3}}, 10).size(), 1);
  EXPECT_TRUE(thin_out({}, 10).empty());
}

}  // namespace
}  // namespace tidemark
