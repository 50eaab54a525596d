// Index files that somebody made up. As it is, an input must be refused or be sound; then with a
// header that fits it and checksums left out, so that the search gets past them: whatever is still
// taken for a graph can be walked without a step out of range.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>

#include "analysis/dominators_index.h"
#include "base/hash.h"
#include "heap/index_file.h"

namespace {

using namespace tidemark;

// docs/index-file.md
constexpr std::size_t kHeaderBytes = 64;
constexpr std::size_t kCheckedHeaderBytes = 32;
constexpr std::size_t kEntryBytes = 64;
constexpr std::string_view kMagic{"tidemark-index\n\0", 16};

struct AlignedBytes {
  explicit AlignedBytes(std::span<const std::uint8_t> source)
      : data(static_cast<std::byte*>(operator new(source.size() + 1,
                                                  std::align_val_t{kSectionAlignment}))),
        size(source.size()) {
    if (size > 0) std::memcpy(data, source.data(), size);
  }
  AlignedBytes(const AlignedBytes&) = delete;
  AlignedBytes& operator=(const AlignedBytes&) = delete;
  ~AlignedBytes() { operator delete(data, std::align_val_t{kSectionAlignment}); }

  std::byte* data;
  std::size_t size;
};

template <class T>
void put(AlignedBytes& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data + offset, &value, sizeof(value));
}

std::uint64_t hash_of(const AlignedBytes& bytes, std::size_t offset, std::size_t count) {
  return stable_hash({reinterpret_cast<const char*>(bytes.data) + offset, count});
}

// Right magic, version, length and header checksum; as many sections as there is room for.
void fit_header(AlignedBytes& bytes) {
  if (bytes.size < kHeaderBytes) return;
  std::memcpy(bytes.data, kMagic.data(), kMagic.size());
  put(bytes, 16, kIndexVersion);
  std::uint32_t sections = 0;
  std::memcpy(&sections, bytes.data + 20, sizeof(sections));
  const std::size_t room = (bytes.size - kHeaderBytes) / kEntryBytes;
  sections = std::min(sections, static_cast<std::uint32_t>(room));
  put(bytes, 20, sections);
  put(bytes, 24, std::uint64_t{bytes.size});
  put(bytes, 32,
      combine(hash_of(bytes, 0, kCheckedHeaderBytes),
              hash_of(bytes, kHeaderBytes, sections * kEntryBytes)));
}

void walk(const HeapGraph& graph) {
  std::uint64_t sum = 0;
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    for (const std::uint32_t target : graph.references(node)) sum += graph.shallow(target);
    sum += graph.edges(node).size() + graph.kind_name(node).size() + graph.class_name(node).size();
    sum += graph.own_name(node).size() + graph.field_candidates(node, 0).size();
    sum += graph.words->site_label(graph.site_of(node)).size() + graph.generation_of(node);
    if (graph.is_object(node) && graph.find(graph.address(node)).value != node) std::abort();
  }
  for (const DuplicateText& text : graph.duplicate_texts) {
    sum += graph.words->text(text.preview).size() + graph.shallow(text.example);
  }
  if (sum == 1) std::abort();  // so that nothing above is thought to be useless
}

void walk(const Dominators& dominators, const HeapGraph& graph) {
  for (const std::uint32_t node : dominators.order) {
    if (node >= graph.node_count()) std::abort();
  }
  for (const std::uint32_t node : dominators.idom) {
    if (node >= graph.node_count() && node != kUnreachable) std::abort();
  }
}

void open(const std::shared_ptr<AlignedBytes>& bytes, bool check) {
  const auto file = SectionFile::from_bytes({bytes->data, bytes->size}, bytes);
  if (!file || (check && !file->verify(1))) return;
  const auto graph = read_graph(*file, std::make_shared<Vocabulary>(), 1);
  if (!graph) return;
  walk(*graph);
  const auto dominators = read_dominators(*file, *graph);
  if (dominators) walk(*dominators, *graph);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::make_shared<AlignedBytes>(std::span(data, size));
  open(bytes, true);
  fit_header(*bytes);
  open(bytes, false);
  return 0;
}
