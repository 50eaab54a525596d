#include "formats/ruby_dump/duplicate_texts.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>

#include "base/column.h"
#include "base/threads.h"
#include "formats/ruby_dump/address_ranks.h"
#include "heap/duplicate_list.h"

namespace tidemark::ruby {
namespace {

struct Text {
  std::uint64_t hash;
  std::uint32_t node;
  std::uint32_t bytes;
  std::uint32_t length;
};

std::vector<Text> string_texts(const std::vector<Segment>& segments) {
  std::vector<Text> texts;
  std::size_t count = 0;
  for (const Segment& segment : segments) count += segment.texts.size();
  texts.reserve(count);
  for (const Segment& segment : segments) {
    for (const TextRow& text : segment.texts) {
      const Row& row = segment.rows[text.row];
      if (row.code == kDeadRow || row.type != Type::kString) continue;
      texts.push_back(
          {.hash = text.hash, .node = row.code, .bytes = row.memsize, .length = text.length});
    }
  }
  return texts;
}

// First by the hash's first bits into parts that fit a cache, then each part on its own.
Buffer<Text> in_order_of_hashes(const std::vector<Text>& texts, unsigned threads) {
  constexpr unsigned kPartBits = 8;
  constexpr std::size_t kParts = std::size_t{1} << kPartBits;
  const auto part_of = [](const Text& text) { return text.hash >> (64 - kPartBits); };
  std::array<std::size_t, kParts + 1> begin{};
  for (const Text& text : texts) ++begin[part_of(text) + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  Buffer<Text> sorted(texts.size());
  std::array<std::size_t, kParts + 1> place = begin;
  for (const Text& text : texts) sorted[place[part_of(text)]++] = text;
  const auto sort_part = [&](std::size_t part) {
    std::sort(sorted.begin() + begin[part], sorted.begin() + begin[part + 1],
              [](const Text& a, const Text& b) {
                return a.hash != b.hash ? a.hash < b.hash : a.node < b.node;
              });
  };
  std::atomic<std::size_t> next{0};
  const auto sort_parts = [&] {
    for (std::size_t part = next++; part < kParts; part = next++) sort_part(part);
  };
  constexpr std::size_t kWorthAThread = 10'000;
  in_parallel(texts.size() < kWorthAThread ? 1 : threads, sort_parts, sort_parts);
  return sorted;
}

}  // namespace

void find_duplicate_texts(const std::vector<Segment>& segments, unsigned threads,
                          HeapGraph& graph) {
  const Buffer<Text> texts = in_order_of_hashes(string_texts(segments), threads);
  tsl::robin_map<std::uint64_t, StringId> previews;
  for (const Segment& segment : segments) {
    for (const auto& [hash, preview] : segment.previews) previews.emplace(hash, preview);
  }
  std::vector<DuplicateText> groups;
  for (std::size_t begin = 0; begin < texts.size;) {
    DuplicateText group{.preview = {},
                        .count = 0,
                        .bytes = 0,
                        .wasted = 0,
                        .example = texts[begin].node,
                        .length = texts[begin].length};
    std::size_t end = begin;
    for (; end < texts.size && texts[end].hash == texts[begin].hash; ++end) {
      ++group.count;
      group.bytes += texts[end].bytes;
    }
    if (group.count > 1) {
      if (const auto place = previews.find(texts[begin].hash); place != previews.end()) {
        group.preview = place->second;
      }
      groups.push_back(group);
    }
    begin = end;
  }
  list_duplicates(std::move(groups), graph);
}

}  // namespace tidemark::ruby
