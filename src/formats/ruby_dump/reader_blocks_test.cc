// A dump is the same whatever blocks and threads it is read with; streams of several dumps; limits.
#include <gmock/gmock.h>

#include <random>

#include "formats/ruby_dump/reading_for_tests.h"
#include "support/dump_builder.h"
#include "support/graph_text.h"
#include "support/random_dump.h"

namespace tidemark::ruby {
namespace {

using testing::ElementsAre;

TEST(RubyBlocks, BlocksAndThreadsMakeNoDifference) {
  for (std::uint64_t seed = 1; seed <= 14; ++seed) {
    const std::string text = random_dump(seed, 300);
    ReadOptions options{.content = true, .duplicates = true, .every_line = seed % 7 == 0};
    const std::string expected = graph_text(read_dump(text, options));
    for (const std::size_t block_size : {std::size_t{1}, std::size_t{7}, std::size_t{64},
                                         std::size_t{1000}, std::size_t{4096}, text.size()}) {
      for (const unsigned threads : {1U, 2U, 4U}) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", blocks of " + std::to_string(block_size) +
                     ", threads: " + std::to_string(threads));
        options.block_size = block_size;
        options.threads = threads;
        ASSERT_EQ(graph_text(read_dump(text, options)), expected);
      }
    }
  }
}

TEST(RubyBlocks, ManyThreadsOnManyBlocks) {
  const std::string text = random_dump(3, 20'000);
  const std::string expected = graph_text(read_dump(text, {.duplicates = true}));
  for (const unsigned threads : {2U, 3U, 4U}) {
    const ReadOptions options{.duplicates = true, .threads = threads, .block_size = 10'000};
    EXPECT_EQ(graph_text(read_dump(text, options)), expected);
  }
}

TEST(RubyBlocks, SeveralDumpsBecomeSeveralHeaps) {
  const std::string first = random_dump(1, 50);
  const std::string second = random_dump(5, 80);
  const std::string third = random_dump(9, 20);
  const auto alone = [](const std::string& text) { return read_dump(text).object_count(); };
  for (const std::size_t block_size : {std::size_t{1}, std::size_t{500}, std::size_t{1} << 18}) {
    for (const unsigned threads : {1U, 3U}) {
      const auto heaps =
          read_dumps(first + second + third, {.threads = threads, .block_size = block_size});
      ASSERT_EQ(heaps.size(), 3U);
      EXPECT_EQ(heaps[0].object_count(), alone(first));
      EXPECT_EQ(heaps[1].object_count(), alone(second));
      EXPECT_EQ(heaps[2].object_count(), alone(third));
      EXPECT_EQ(heaps[1].report.dumps_in_stream, 3U);
      EXPECT_EQ(heaps[1].report.dump_in_stream, 1U);
    }
  }
}

TEST(RubyBlocks, DumpsNeedNoNewlineBetweenThem) {
  DumpBuilder dump(Ruby::k34, {.final_newline = false});
  dump.root("vm", {0x10});
  dump.add({.address = 0x10, .type = "STRING"});
  const auto heaps = read_dumps(dump.text() + dump.text() + dump.text());
  ASSERT_EQ(heaps.size(), 3U);
  for (const HeapGraph& heap : heaps) {
    EXPECT_EQ(heap.object_count(), 1U);
    EXPECT_THAT(heap.edges(1), ElementsAre(2));
    EXPECT_EQ(heap.report.damaged_lines, 0U);
  }
}

// What follows the objects of a dump is that dump's, wherever a block begins.
TEST(RubyBlocks, TailsStayWithTheirDump) {
  DumpBuilder dump(Ruby::k33);
  dump.root("vm", {0x10});
  dump.root("global_tbl", {0x10});
  dump.shape(0, {});
  dump.add({.address = 0x10, .type = "STRING"});
  dump.free_slot(0x38);
  dump.raw_line("damage");
  const std::string text = dump.text();
  for (std::size_t block_size = 1; block_size < text.size(); block_size += 13) {
    const auto heaps = read_dumps(text + text, {.block_size = block_size});
    ASSERT_EQ(heaps.size(), 2U) << block_size;
    for (const HeapGraph& heap : heaps) {
      EXPECT_EQ(heap.first_object, 3U);
      EXPECT_EQ(heap.report.lines, 6U);
      EXPECT_EQ(heap.report.damaged_lines, 1U);
      ASSERT_EQ(heap.slots.size(), 1U);
      EXPECT_EQ(heap.slots[0].free, 1U);
    }
  }
}

TEST(RubyBlocks, RootsBehindObjectsAreTheirsWhenThereWereNone) {
  const HeapGraph heap = read_dump(
      "{\"address\":\"0x10\", \"type\":\"STRING\"}\n"
      "{\"type\":\"ROOT\", \"root\":\"vm\", \"references\":[\"0x10\"]}\n");
  EXPECT_EQ(heap.first_object, 2U);
  EXPECT_EQ(heap.object_count(), 1U);
}

TEST(RubyBlocks, ADumpSinceAGenerationHasNoRoots) {
  DumpBuilder dump(Ruby::k31);
  dump.add({.address = 0x10, .class_address = 0x999, .references = {0x1000}, .generation = 8});
  const HeapGraph heap = read_dump(dump.text());
  EXPECT_FALSE(heap.report.has_roots);
  EXPECT_EQ(heap.first_object, 1U);
  EXPECT_EQ(heap.report.dangling_references, 1U);
  EXPECT_EQ(heap.edges(1).size(), 0U);
}

TEST(RubyBlocks, AnEmptyStreamIsAnEmptyHeap) {
  for (const std::string_view text : {"", "\n", "\n\n \n", "\xef\xbb\xbf"}) {
    const HeapGraph heap = read_dump(text);
    EXPECT_EQ(heap.node_count(), 1U);
    EXPECT_EQ(heap.report.damaged_lines, 0U);
  }
}

TEST(RubyBlocks, ReadsLongLinesAndLargeArrays) {
  std::vector<std::uint64_t> elements;
  for (std::uint64_t i = 0; i < 200'000; ++i) elements.push_back(0x7f0000000000 + 40 * i);
  DumpBuilder dump(Ruby::k33);
  dump.add({.address = 0x10, .type = "ARRAY", .size = elements.size(), .references = elements});
  for (const std::uint64_t element : elements) dump.add({.address = element, .type = "STRING"});
  dump.add({.address = 0x38, .type = "STRING", .value = std::string(5'000'000, 'x')});
  dump.add({.address = 0x60, .type = "STRING", .file = std::string(100'000, '"')});
  const std::string text = dump.text();
  ASSERT_GT(dump.lines()[0].size(), 3'000'000U);
  for (const unsigned threads : {1U, 2U}) {
    const HeapGraph heap = read_dump(text, {.threads = threads});
    const std::uint32_t array = node_at(heap, 0x10);
    ASSERT_EQ(heap.edges(array).size(), elements.size());
    EXPECT_EQ(heap.edges(array)[0], node_at(heap, elements[0]));
    EXPECT_EQ(heap.edges(array)[199'999], node_at(heap, elements[199'999]));
    EXPECT_EQ(heap.extent[node_at(heap, 0x38)], 5'000'000U);
    EXPECT_EQ(heap.report.damaged_lines, 0U);
  }
}

TEST(RubyBlocks, ScatteredAddressesTakeLittleMemoryAndAreFound) {
  std::mt19937_64 random(7);
  std::vector<std::uint64_t> addresses;
  DumpBuilder dump(Ruby::k31);
  for (int i = 0; i < 20'000; ++i) {
    addresses.push_back(random() | 1U << (random() % 4));
    dump.add({.address = addresses.back(), .type = "STRING", .references = {addresses[0]}});
  }
  const HeapGraph heap = read_dump(dump.text());
  ASSERT_EQ(heap.object_count(), 20'000U);
  for (const std::uint64_t address : addresses) {
    EXPECT_EQ(heap.address(node_at(heap, address)), address);
  }
  EXPECT_EQ(heap.edge_count(), 20'000U);
}

// Cancels itself after a number of calls.
class StopAfter : public Monitor {
 public:
  explicit StopAfter(int calls) : calls_(calls) {}
  void advance(std::uint64_t /*done*/) override {
    if (--calls_ == 0) cancel();
  }
  void begin_phase(std::string_view /*name*/, std::uint64_t /*total*/) override {
    if (--calls_ == 0) cancel();
  }

 private:
  std::atomic<int> calls_;
};

TEST(RubyBlocks, CancelEndsReadingAndLinking) {
  const std::string text = random_dump(1, 500);
  for (const unsigned threads : {1U, 3U}) {
    bool completed = false;
    for (int calls = 1; !completed && calls < 1000; ++calls) {
      StopAfter monitor(calls);
      const auto source = memory_source(text);
      auto stream = Stream::read(*source, {}, {.threads = threads, .block_size = 5000},
                                 std::make_shared<Vocabulary>(), monitor);
      if (!stream) {
        EXPECT_EQ(stream.error().code, ErrorCode::kCancelled);
        continue;
      }
      const auto heap = stream->take(0, monitor);
      completed = heap.has_value();
      if (!completed) {
        EXPECT_EQ(heap.error().code, ErrorCode::kCancelled);
      }
    }
    EXPECT_TRUE(completed);
  }
}

}  // namespace
}  // namespace tidemark::ruby
