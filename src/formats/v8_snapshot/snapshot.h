// A V8 heap snapshot as it stands in its file: the columns of nodes and edges, not yet a graph.
//
// Fields are found by the names in snapshot.meta, wherever they stand; fields and types that are
// not known are read over. Nodes keep their order in the file here ("ordinals").
//
// Memory: 18 bytes a node, 8 bytes an edge, and the text of all strings.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/column.h"
#include "base/monitor.h"
#include "base/result.h"
#include "heap/text_table.h"

namespace tidemark::v8 {

// As V8 numbers them in its own sources; files may list them in another order.
enum class NodeType : std::uint8_t {
  kHidden,
  kArray,
  kString,
  kObject,
  kCode,
  kClosure,
  kRegExp,
  kNumber,
  kNative,
  kSynthetic,
  kConcatenated,
  kSliced,
  kSymbol,
  kBigInt,
  kObjectShape,
  kWasmObject,
  kUnknown,
};
inline constexpr std::size_t kNodeTypes = static_cast<std::size_t>(NodeType::kUnknown) + 1;
extern const std::array<std::string_view, kNodeTypes> kNodeTypeNames;

struct Location {
  std::uint32_t ordinal = 0;
  std::uint32_t script = 0;
  std::uint32_t line = 0;    // from 0
  std::uint32_t column = 0;  // from 0
};

struct Snapshot {
  std::uint32_t nodes = 0;
  Buffer<NodeType> type{};       // by ordinal, as all of these
  Buffer<std::uint32_t> name{};  // number of a string
  Buffer<std::uint32_t> id{};
  Buffer<std::uint32_t> self_size{};  // 0xffffffff: see large_sizes
  Buffer<std::uint8_t> detached{};    // 0 unknown, 1 attached, 2 detached; empty: no such field
  std::vector<std::pair<std::uint32_t, std::uint64_t>> large_sizes{};  // sorted

  std::uint32_t edges = 0;
  Buffer<std::uint32_t> edge_begin{};   // nodes + 1
  Buffer<std::uint32_t> edge_label{};   // see heap/edge_label.h
  Buffer<std::uint32_t> edge_target{};  // ordinals

  std::vector<Location> locations{};     // sorted by ordinal
  std::shared_ptr<TextTable> strings{};  // unescaped
  std::uint64_t extra_native_bytes = 0;

  std::uint64_t content_bytes = 0;
  std::uint64_t dangling_edges = 0;
  // What made the reader stop early, when what it had by then makes a graph.
  std::optional<Error> early_end{};
};

// Does this look like the beginning of a snapshot?
bool looks_like_snapshot(std::string_view head);

// Errors: kDamaged (with the offset; in strict mode also for what only lacks its end), kTooLarge,
// kIo, kCancelled.
Result<Snapshot> read_snapshot(ByteSource& source, std::vector<char> head, bool strict,
                               unsigned threads, Monitor& monitor);

}  // namespace tidemark::v8
