// Reads the input as a Ruby heap dump twice: as one block, and cut in small ones over two threads.
// Both must give the same heaps, and each heap must be sound and of a size that its input explains.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "formats/ruby_dump/reader.h"
#include "heap/invariants.h"

namespace {

using tidemark::HeapGraph;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz_ruby_dump: broken: %s\n", what);
  std::abort();
}

// The input as it is: what looks compressed is for another fuzzer.
class PlainBytes final : public tidemark::ByteSource {
 public:
  explicit PlainBytes(std::span<const char> bytes) : ByteSource({}), bytes_(bytes) {}
  tidemark::Result<std::size_t> read(std::span<char> out) override {
    const std::size_t count = std::min(out.size(), bytes_.size());
    std::ranges::copy(bytes_.first(count), out.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }
  [[nodiscard]] std::uint64_t stored_position() const override { return 0; }

 private:
  std::span<const char> bytes_;
};

std::vector<HeapGraph> read(std::span<const char> input, std::size_t head_size,
                            const tidemark::ruby::ReadOptions& options) {
  tidemark::Monitor monitor;
  PlainBytes source(input.subspan(head_size));
  std::vector<char> head(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(head_size));
  auto stream = tidemark::ruby::Stream::read(source, std::move(head), options,
                                             std::make_shared<tidemark::Vocabulary>(), monitor);
  std::vector<HeapGraph> heaps;
  if (!stream) return heaps;
  for (std::size_t i = 0; i < stream->size(); ++i) {
    auto heap = stream->take(i, monitor);
    if (heap) heaps.push_back(std::move(*heap));
  }
  return heaps;
}

void check(const HeapGraph& heap, std::size_t input_size) {
  const std::string problem = broken_invariant(heap);
  require(problem.empty(), problem.c_str());
  const auto& report = heap.report;
  require(heap.node_count() + report.damaged_lines <= report.lines + 1, "more nodes than lines");
  require(report.repaired_lines <= report.lines, "more repairs than lines");
  require(report.lines <= input_size + 1, "more lines than bytes");
  require(heap.edge_count() <= input_size, "more edges than bytes");
  std::size_t names = 0;
  for (const auto& [layout, fields] : heap.layout_names) names += fields.size();
  require(names <= 16 * (input_size + 1024), "field names beyond measure");
}

bool same_numbers(const HeapGraph& a, const HeapGraph& b) {
  const auto equal = [](const auto& x, const auto& y) { return std::ranges::equal(x, y); };
  return equal(a.addresses.codes, b.addresses.codes) &&
         equal(a.addresses.page_keys, b.addresses.page_keys) && equal(a.kind, b.kind) &&
         equal(a.flags, b.flags) && equal(a.shallow32, b.shallow32) && equal(a.extent, b.extent) &&
         equal(a.generation, b.generation) && equal(a.edge_begin, b.edge_begin) &&
         equal(a.edge_target, b.edge_target) && equal(a.content, b.content) &&
         a.large_sizes == b.large_sizes && a.layouts == b.layouts;
}

bool same_words(const HeapGraph& a, const HeapGraph& b) {
  for (std::uint32_t node = 0; node < a.node_count(); ++node) {
    const auto site_a = a.words->site(a.site_of(node));
    const auto site_b = b.words->site(b.site_of(node));
    if (a.class_name(node) != b.class_name(node) || a.own_name(node) != b.own_name(node) ||
        site_a.line != site_b.line || a.words->text(site_a.file) != b.words->text(site_b.file) ||
        a.words->text(site_a.method) != b.words->text(site_b.method)) {
      return false;
    }
  }
  return true;
}

bool same_reports(const tidemark::ReadReport& a, const tidemark::ReadReport& b) {
  return a.lines == b.lines && a.repaired_lines == b.repaired_lines &&
         a.damaged_lines == b.damaged_lines && a.first_damage == b.first_damage &&
         a.first_damaged_offset == b.first_damaged_offset &&
         a.dangling_references == b.dangling_references &&
         a.duplicate_addresses == b.duplicate_addresses && a.traced_objects == b.traced_objects;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span input(reinterpret_cast<const char*>(data), size);
  // The options are drawn from the input itself, so that a seed is nothing but a dump.
  const std::uint64_t dice = tidemark::stable_hash({input.data(), size});
  tidemark::ruby::ReadOptions options;
  options.references = (dice & 7) != 0;
  options.content = (dice & 8) != 0;
  options.duplicates = (dice & 0xf000) == 0;
  options.name_holders = (dice & 32) != 0;
  options.every_line = (dice & 0x1c0) == 0;
  const auto whole = read(input, 0, options);
  options.threads = (dice & 0x600) == 0 ? 2 : 1;
  options.block_size = 1 + (dice >> 16) % 300;
  const auto pieces = read(input, (dice >> 32) % (size + 1), options);
  require(whole.size() == pieces.size(), "the number of dumps depends on the blocks");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    check(whole[i], size);
    require(same_reports(whole[i].report, pieces[i].report), "the report depends on the blocks");
    require(same_numbers(whole[i], pieces[i]), "the graph depends on the blocks");
    require(same_words(whole[i], pieces[i]), "the words depend on the blocks");
  }
  return 0;
}
