// A V8 heap snapshot as it stands in its file: the columns of nodes and edges, not yet a graph.
//
// Fields are found by the names in snapshot.meta, wherever they stand; fields and types that are
// not known are read over. Nodes keep their order in the file: V8 numbers them as it finds them, so
// that what holds each other stands together, which makes a walk twice as fast as in the order of
// their ids.
//
// Memory: 18 bytes a node, 8 bytes an edge, and the text of all strings.
#pragma once

#include <tsl/robin_map.h>

#include <algorithm>
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
#include "heap/edge_label.h"
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
  std::uint32_t node = 0;
  std::uint32_t script = 0;
  std::uint32_t line = 0;    // from 0
  std::uint32_t column = 0;  // from 0
};

// Of a function that allocated what was tracked.
struct TraceFunction {
  std::uint32_t name = 0;  // numbers of strings
  std::uint32_t script = 0;
  std::uint32_t line = 0;    // from 1; 0 unknown
  std::uint32_t column = 0;  // from 1; 0 unknown
};

// Bytes of every node. Those that 32 bits do not hold stand beside.
struct Sizes {
  static constexpr std::uint32_t kLarge = 0xffffffffU;

  [[nodiscard]] std::uint64_t of(std::uint32_t node) const {
    return small[node] != kLarge ? small[node] : large.at(node);
  }
  void set(std::uint32_t node, std::uint64_t bytes) {
    if (bytes >= kLarge) large[node] = bytes;
    small[node] = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, kLarge));
  }

  Buffer<std::uint32_t> small{};
  tsl::robin_map<std::uint32_t, std::uint64_t> large{};
};

struct Snapshot {
  std::uint32_t nodes = 0;
  Buffer<NodeType> type{};       // by node, as all of these
  Buffer<std::uint32_t> name{};  // number of a string
  Buffer<std::uint32_t> id{};    // none twice, none 0
  Sizes size{};
  Buffer<std::uint8_t> detached{};  // 0 unknown, 1 attached, 2 detached; empty: no such field

  std::uint32_t edges = 0;
  Buffer<std::uint32_t> edge_begin{};   // nodes + 1
  Buffer<std::uint32_t> edge_label{};   // see heap/edge_label.h
  Buffer<std::uint32_t> edge_target{};  // nodes

  std::vector<Location> locations{};  // sorted by node
  // Where allocations were tracked: by node, the place in `functions` of who allocated it, plus 1;
  // empty where they were not.
  Buffer<std::uint32_t> allocated_by{};
  std::vector<TraceFunction> functions{};
  std::shared_ptr<TextTable> strings{};  // unescaped
  std::uint64_t extra_native_bytes = 0;

  std::uint64_t content_bytes = 0;
  std::uint64_t dangling_edges = 0;
  std::uint64_t repeated_ids = 0;
  // What made the reader stop early, when what it had by then makes a graph.
  std::optional<Error> early_end{};

  [[nodiscard]] std::string_view name_of(std::uint32_t node) const {
    return (*strings)[name[node]];
  }
  [[nodiscard]] EdgeLabel label(std::uint32_t edge) const { return EdgeLabel(edge_label[edge]); }
  [[nodiscard]] std::string_view edge_name(std::uint32_t edge) const {
    const EdgeLabel what = label(edge);
    return what.has_name() ? (*strings)[what.what()] : std::string_view();
  }
};

// Does this look like the beginning of a snapshot?
bool looks_like_snapshot(std::string_view head);

// Errors: kDamaged (with the offset; in strict mode also for what only lacks its end), kTooLarge,
// kIo, kCancelled.
Result<Snapshot> read_snapshot(ByteSource& source, std::vector<char> head, bool strict,
                               unsigned threads, Monitor& monitor);

}  // namespace tidemark::v8
