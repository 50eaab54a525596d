#include "formats/v8_snapshot/snapshot.h"

#include <fmt/format.h>
#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <new>

#include "base/units.h"
#include "formats/beginning.h"
#include "formats/v8_snapshot/json_cursor.h"
#include "formats/v8_snapshot/number_blocks.h"
#include "heap/edge_label.h"

namespace tidemark::v8 {

const std::array<std::string_view, kNodeTypes> kNodeTypeNames = {"hidden",
                                                                 "array",
                                                                 "string",
                                                                 "object",
                                                                 "code",
                                                                 "closure",
                                                                 "regexp",
                                                                 "number",
                                                                 "native",
                                                                 "synthetic",
                                                                 "concatenated string",
                                                                 "sliced string",
                                                                 "symbol",
                                                                 "bigint",
                                                                 "object shape",
                                                                 "wasm object",
                                                                 "other"};

namespace {

constexpr std::array<std::string_view, 7> kEdgeTypeNames = {
    "context", "element", "property", "internal", "hidden", "shortcut", "weak"};
__extension__ using Wide = unsigned __int128;

constexpr std::uint32_t kMostNodes = 0xfffffff0U;
constexpr std::size_t kAbsent = 0xffffffffU;

// Fields of one record, and the types of nodes or edges, by their number in the file.
struct Layout {
  std::vector<std::string> fields;
  std::vector<std::string> types;

  [[nodiscard]] std::size_t at(std::string_view field) const {
    const auto place = std::ranges::find(fields, field);
    return place == fields.end() ? kAbsent : static_cast<std::size_t>(place - fields.begin());
  }
};

struct Header {
  Layout node;
  Layout edge;
  Layout location;
  Layout function;
  Layout trace;
  std::uint64_t trace_functions = 0;
  std::uint64_t node_count = 0;
  std::uint64_t edge_count = 0;
  std::uint64_t extra_native_bytes = 0;
};

std::vector<std::string> string_list(JsonCursor& cursor) {
  std::vector<std::string> list;
  if (!cursor.expect('[')) return list;
  for (bool first = true; cursor.element(first);) {
    if (cursor.peek() != '"') {
      cursor.skip_value();
    } else if (auto text = cursor.string()) {
      list.push_back(std::move(*text));
    }
  }
  return list;
}

// The first value of the list is a list itself: the names of the types.
std::vector<std::string> type_list(JsonCursor& cursor) {
  std::vector<std::string> list;
  if (!cursor.expect('[')) return list;
  bool first = true;
  if (cursor.element(first) && cursor.peek() == '[') list = string_list(cursor);
  while (!cursor.error() && cursor.element(first)) cursor.skip_value();
  return list;
}

void read_meta(JsonCursor& cursor, Header& header) {
  if (!cursor.expect('{')) return;
  for (bool first = true; const auto name = cursor.member(first);) {
    if (*name == "node_fields") {
      header.node.fields = string_list(cursor);
    } else if (*name == "node_types") {
      header.node.types = type_list(cursor);
    } else if (*name == "edge_fields") {
      header.edge.fields = string_list(cursor);
    } else if (*name == "edge_types") {
      header.edge.types = type_list(cursor);
    } else if (*name == "location_fields") {
      header.location.fields = string_list(cursor);
    } else if (*name == "trace_function_info_fields") {
      header.function.fields = string_list(cursor);
    } else if (*name == "trace_node_fields") {
      header.trace.fields = string_list(cursor);
    } else {
      cursor.skip_value();
    }
  }
}

void read_header(JsonCursor& cursor, Header& header) {
  if (!cursor.expect('{')) return;
  for (bool first = true; const auto name = cursor.member(first);) {
    if (*name == "meta") {
      read_meta(cursor, header);
    } else if (*name == "node_count") {
      header.node_count = cursor.number().value_or(0);
    } else if (*name == "edge_count") {
      header.edge_count = cursor.number().value_or(0);
    } else if (*name == "extra_native_bytes") {
      header.extra_native_bytes = cursor.number().value_or(0);
    } else if (*name == "trace_function_count") {
      header.trace_functions = cursor.number().value_or(0);
    } else {
      cursor.skip_value();
    }
  }
}

// The nodes, but for the root, whose id is 0 or that of an earlier node. Nearly all ids follow each
// other; those of native objects are anywhere.
std::vector<std::uint32_t> repeated(const Buffer<std::uint32_t>& ids) {
  constexpr std::size_t kBitsEach = 16;
  std::vector<std::uint32_t> again;
  std::vector<bool> seen((ids.size + 1) * kBitsEach);
  seen[0] = true;
  tsl::robin_set<std::uint32_t> seen_far;
  for (std::uint32_t node = 1; node < ids.size; ++node) {
    const std::uint32_t id = ids[node];
    const bool fresh = id < seen.size() ? !seen[id] : seen_far.insert(id).second;
    if (id < seen.size()) seen[id] = true;
    if (!fresh) again.push_back(node);
  }
  return again;
}

class Reader {
 public:
  Reader(JsonCursor& cursor, unsigned threads) : cursor_(cursor), threads_(threads) {
    out_.strings = std::make_shared<TextTable>();
  }

  bool run();
  Snapshot take() {
    if (!has_traces_) out_.allocated_by = {};
    return std::move(out_);
  }
  // Enough for a graph, although the input broke off.
  [[nodiscard]] bool is_usable() const { return has_edges_; }
  [[nodiscard]] const std::optional<Error>& too_large() const { return too_large_; }

 private:
  bool read_member(const std::string& name);
  bool read_nodes();
  void take_node(std::uint32_t node, const std::uint64_t* value);
  bool make_ids_unique();
  bool place_edges();
  bool read_edges();
  void keep_edges(std::uint64_t known);
  bool take_edges(std::size_t width, std::uint64_t& count);
  bool read_locations();
  bool read_functions();
  bool read_trace_tree();
  bool read_strings();
  bool refuse(std::string message);

  JsonCursor& cursor_;
  unsigned threads_;
  Header header_;
  bool has_header_ = false;
  bool has_nodes_ = false;
  bool has_edges_ = false;
  bool has_traces_ = false;
  std::vector<NodeType> node_types_;
  std::vector<EdgeType> edge_types_;
  struct {
    std::size_t type, name, id, self_size, edge_count, detached, trace;
  } at_{};
  struct {
    std::size_t type, what, target;
  } edge_at_{};
  std::mutex mutex_;  // guards the large sizes
  std::atomic<bool> too_many_{false};
  std::optional<Error> too_large_;
  std::string scratch_;
  Snapshot out_;
};

bool Reader::refuse(std::string message) {
  too_large_ = Error{.code = ErrorCode::kTooLarge,
                     .message = std::move(message),
                     .file = {},
                     .offset = {},
                     .hint = {}};
  return false;
}

bool Reader::run() {
  if (!cursor_.expect('{')) return false;
  for (bool first = true; const auto name = cursor_.member(first);) {
    if (!read_member(*name)) return false;
  }
  if (cursor_.error()) return false;
  if (!has_edges_) return cursor_.fail_here("the snapshot has no nodes or no edges");
  return true;
}

bool Reader::read_member(const std::string& name) {
  // A second header would contradict what was read by the first.
  if (name == "snapshot" && !has_header_) {
    read_header(cursor_, header_);
    has_header_ = true;
    return !cursor_.error();
  }
  if (name == "nodes" && !has_nodes_) return read_nodes();
  if (name == "edges" && !has_edges_) return read_edges();
  if (name == "locations") return read_locations();
  if (name == "trace_function_infos") return read_functions();
  if (name == "trace_tree") return read_trace_tree();
  if (name == "strings") return read_strings();
  return cursor_.skip_value();
}

bool Reader::read_nodes() {
  const Layout& layout = header_.node;
  at_ = {.type = layout.at("type"),
         .name = layout.at("name"),
         .id = layout.at("id"),
         .self_size = layout.at("self_size"),
         .edge_count = layout.at("edge_count"),
         .detached = layout.at("detachedness"),
         .trace = header_.trace_functions > 0 ? layout.at("trace_node_id") : kAbsent};
  if (!has_header_ || at_.type == kAbsent || at_.name == kAbsent || at_.id == kAbsent ||
      at_.self_size == kAbsent || at_.edge_count == kAbsent) {
    return cursor_.fail_here("no snapshot.meta before the nodes says what their fields are");
  }
  for (const std::string& type : layout.types) {
    const auto place = std::ranges::find(kNodeTypeNames, type);
    node_types_.push_back(static_cast<NodeType>(
        std::min<std::ptrdiff_t>(place - kNodeTypeNames.begin(), kNodeTypes - 1)));
  }
  if (header_.node_count > kMostNodes) return refuse("more than 4,294,967,280 nodes");
  const auto most = static_cast<std::size_t>(header_.node_count);
  out_.type = Buffer<NodeType>(most);
  out_.name = Buffer<std::uint32_t>(most);
  out_.id = Buffer<std::uint32_t>(most);
  out_.size.small = Buffer<std::uint32_t>(most);
  if (at_.detached != kAbsent) out_.detached = Buffer<std::uint8_t>(most);
  if (at_.trace != kAbsent) out_.allocated_by = Buffer<std::uint32_t>(most);
  out_.edge_begin = Buffer<std::uint32_t>(most + 1);  // first how many each node has
  std::uint64_t count = 0;
  const std::uint64_t offset = cursor_.offset();
  const auto take = [&](std::uint64_t node, const std::uint64_t* value) {
    if (node < most) take_node(static_cast<std::uint32_t>(node), value);
  };
  const std::size_t width = layout.fields.size();
  if (!read_records(cursor_, threads_, width, count, take)) return false;
  if (count != header_.node_count * width) {
    return cursor_.fail_at(
        offset, fmt::format("the header promises {} nodes of {} fields, but there are {} numbers",
                            format_count(static_cast<std::int64_t>(header_.node_count)), width,
                            format_count(static_cast<std::int64_t>(count))));
  }
  out_.nodes = static_cast<std::uint32_t>(most);
  has_nodes_ = true;
  return make_ids_unique() && place_edges();
}

void Reader::take_node(std::uint32_t node, const std::uint64_t* value) {
  constexpr std::uint64_t kMost = 0xffffffffU;
  const std::uint64_t type = value[at_.type];
  const std::uint64_t bytes = value[at_.self_size];
  const std::uint64_t id = value[at_.id];
  const std::uint64_t edges = value[at_.edge_count];
  out_.type[node] = type < node_types_.size() ? node_types_[type] : NodeType::kUnknown;
  out_.name[node] = static_cast<std::uint32_t>(std::min(value[at_.name], kMost));
  out_.id[node] = static_cast<std::uint32_t>(id);
  out_.edge_begin[node] = static_cast<std::uint32_t>(edges);
  if (id > kMost || edges > kMost) too_many_ = true;
  if (bytes < Sizes::kLarge) {
    out_.size.small[node] = static_cast<std::uint32_t>(bytes);
  } else {
    const std::scoped_lock lock(mutex_);
    out_.size.set(node, bytes);
  }
  if (at_.detached != kAbsent) out_.detached[node] = static_cast<std::uint8_t>(value[at_.detached]);
  if (at_.trace != kAbsent) out_.allocated_by[node] = static_cast<std::uint32_t>(value[at_.trace]);
}

// A node whose id another one has already, or whose id is 0, gets one that nobody has.
bool Reader::make_ids_unique() {
  const std::vector<std::uint32_t> again = repeated(out_.id);
  if (again.empty()) return true;
  std::vector<std::uint32_t> taken(out_.id.begin(), out_.id.end());
  std::ranges::sort(taken);
  std::uint32_t free = 0;
  auto next = taken.cbegin();
  for (const std::uint32_t node : again) {
    ++free;
    while ((next = std::lower_bound(next, taken.cend(), free)) != taken.cend() && *next == free) {
      ++free;
    }
    out_.id[node] = free;
  }
  out_.repeated_ids = again.size();
  return true;
}

bool Reader::place_edges() {
  if (too_many_) return refuse("ids or counts of edges that 32 bits do not hold");
  std::uint64_t total = 0;
  for (std::uint32_t node = 0; node < out_.nodes; ++node) {
    const std::uint32_t count = out_.edge_begin[node];
    out_.edge_begin[node] = static_cast<std::uint32_t>(total);
    total += count;
    if (total >= kMostNodes) return refuse("more than 4,294,967,280 references");
  }
  out_.edge_begin[out_.nodes] = static_cast<std::uint32_t>(total);
  out_.edges = static_cast<std::uint32_t>(total);
  return true;
}

bool Reader::read_edges() {
  const Layout& layout = header_.edge;
  edge_at_ = {.type = layout.at("type"),
              .what = layout.at("name_or_index"),
              .target = layout.at("to_node")};
  if (!has_nodes_ || edge_at_.type == kAbsent || edge_at_.what == kAbsent ||
      edge_at_.target == kAbsent) {
    return cursor_.fail_here("no nodes, or no description of edges, before the edges");
  }
  for (const std::string& type : layout.types) {
    edge_types_.push_back(
        static_cast<EdgeType>(std::ranges::find(kEdgeTypeNames, type) - kEdgeTypeNames.begin()));
  }
  out_.edge_label = Buffer<std::uint32_t>(out_.edges);
  out_.edge_target = Buffer<std::uint32_t>(out_.edges);
  std::uint64_t count = 0;
  const std::size_t width = layout.fields.size();
  const std::uint64_t offset = cursor_.offset();
  const bool sound = take_edges(width, count);
  has_edges_ = sound || cursor_.cut();
  if (!sound) {
    if (has_edges_) keep_edges(count / width);
    return false;
  }
  if (count != std::uint64_t{out_.edges} * width) {
    has_edges_ = false;
    return cursor_.fail_at(
        offset, fmt::format("the nodes have {} edges of {} fields, but there are {} numbers",
                            format_count(out_.edges), width,
                            format_count(static_cast<std::int64_t>(count))));
  }
  return true;
}

// Those that were read before the input broke off; the nodes behind have none.
void Reader::keep_edges(std::uint64_t known) {
  if (known >= out_.edges) return;
  out_.edges = static_cast<std::uint32_t>(known);
  for (std::uint32_t& begin : out_.edge_begin) begin = std::min(begin, out_.edges);
  out_.edge_label.size = out_.edges;
  out_.edge_target.size = out_.edges;
}

bool Reader::take_edges(std::size_t width, std::uint64_t& count) {
  const std::uint64_t node_width = header_.node.fields.size();
  const std::uint64_t last_target = std::uint64_t{out_.nodes} * node_width;
  // By multiplication, which is exact for what 32 bits hold: a division takes longer than all else.
  const std::uint64_t inverse = ~std::uint64_t{0} / node_width + 1;
  std::atomic<std::uint64_t> dangling{0};
  const bool sound = read_records(
      cursor_, threads_, width, count, [&](std::uint64_t edge, const std::uint64_t* value) {
        if (edge >= out_.edges) return;
        const std::uint64_t type = value[edge_at_.type];
        const std::uint64_t what = std::min<std::uint64_t>(value[edge_at_.what], EdgeLabel::kMost);
        out_.edge_label[edge] =
            EdgeLabel(type < edge_types_.size() ? edge_types_[type] : EdgeType::kOther,
                      static_cast<std::uint32_t>(what))
                .packed();
        const std::uint64_t index = value[edge_at_.target];
        auto target = static_cast<std::uint64_t>((Wide{inverse} * index) >> 64);
        if (index >= last_target || target * node_width != index) {
          ++dangling;
          target = 0;
        }
        out_.edge_target[edge] = static_cast<std::uint32_t>(target);
      });
  out_.dangling_edges = dangling;
  return sound;
}

bool Reader::read_locations() {
  const Layout& layout = header_.location;
  const std::size_t object = layout.at("object_index");
  const std::size_t script = layout.at("script_id");
  const std::size_t line = layout.at("line");
  const std::size_t column = layout.at("column");
  const bool known = object != kAbsent && script != kAbsent && line != kAbsent && column != kAbsent;
  if (!has_nodes_ || !known) {
    return cursor_.skip_value();
  }
  const std::size_t width = layout.fields.size();
  const auto node_width = static_cast<std::uint32_t>(header_.node.fields.size());
  std::uint64_t count = 0;
  const bool sound =
      read_records(cursor_, 1, width, count, [&](std::uint64_t, const std::uint64_t* value) {
        const std::uint64_t node = value[object] / node_width;
        if (node >= out_.nodes) return;
        out_.locations.push_back({.node = static_cast<std::uint32_t>(node),
                                  .script = static_cast<std::uint32_t>(value[script]),
                                  .line = static_cast<std::uint32_t>(value[line]),
                                  .column = static_cast<std::uint32_t>(value[column])});
      });
  std::ranges::stable_sort(out_.locations, {}, &Location::node);
  return sound;
}

bool Reader::read_functions() {
  const Layout& layout = header_.function;
  const std::array at = {layout.at("name"), layout.at("script_name"), layout.at("line"),
                         layout.at("column")};
  const std::size_t width = layout.fields.size();
  if (std::ranges::find(at, kAbsent) != at.end() || width > kMostFields)
    return cursor_.skip_value();
  std::uint64_t count = 0;
  return read_records(cursor_, 1, width, count, [&](std::uint64_t, const std::uint64_t* value) {
    const auto field = [&](std::size_t i) { return static_cast<std::uint32_t>(value[at[i]]); };
    out_.functions.push_back(
        {.name = field(0), .script = field(1), .line = field(2), .column = field(3)});
  });
}

// Lists of nodes, each with a list of those below it as its last field: told apart by the depth of
// the brackets alone. What is wanted is the function that each node stands for.
bool Reader::read_trace_tree() {
  const Layout& layout = header_.trace;
  const std::size_t id_at = layout.at("id");
  const std::size_t function_at = layout.at("function_info_index");
  const std::size_t width = layout.fields.size();
  if (out_.allocated_by.empty() || id_at == kAbsent || function_at == kAbsent) {
    return cursor_.skip_value();
  }
  tsl::robin_map<std::uint64_t, std::uint64_t> function_of;  // by trace node
  struct Level {
    std::size_t field = 0;
    std::uint64_t id = 0;
  };
  std::vector<Level> levels;
  do {
    const auto next = cursor_.peek();
    if (!next) return false;
    if (*next == '[') {
      cursor_.consume(1);
      levels.emplace_back();
    } else if (*next == ']' && !levels.empty()) {
      cursor_.consume(1);
      levels.pop_back();
      if (!levels.empty()) ++levels.back().field;
    } else if (*next == ',' && !levels.empty()) {
      cursor_.consume(1);
    } else {
      const auto value = cursor_.number();
      if (!value) return false;
      if (levels.empty()) break;
      Level& level = levels.back();
      if (level.field % width == id_at) level.id = *value;
      if (level.field % width == function_at) function_of[level.id] = *value;
      ++level.field;
    }
  } while (!levels.empty());
  for (std::uint32_t& by : out_.allocated_by) {
    const auto place = function_of.find(by);
    const bool known =
        by != 0 && place != function_of.end() && place->second < out_.functions.size();
    by = known ? static_cast<std::uint32_t>(place->second + 1) : 0;
  }
  has_traces_ = true;
  return true;
}

// The length of the string content that `text` begins with, or npos when its end is not in `text`.
std::size_t string_length(std::string_view text) {
  std::size_t from = 0;
  while (true) {
    const std::size_t quote = text.find('"', from);
    if (quote == text.npos) return quote;
    std::size_t backslashes = 0;
    while (backslashes < quote && text[quote - backslashes - 1] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return quote;
    from = quote + 1;
  }
}

bool Reader::read_strings() {
  constexpr std::size_t kLongest = std::size_t{1} << 30;
  if (!cursor_.expect('[')) return false;
  for (bool first = true; cursor_.element(first);) {
    if (!cursor_.expect('"')) return false;
    std::size_t length = string_length(cursor_.window());
    while (length == std::string_view::npos) {
      if (cursor_.window().size() > kLongest) return cursor_.fail_here("a string without an end");
      if (!cursor_.refill()) return cursor_.error() ? false : cursor_.fail_cut();
      length = string_length(cursor_.window());
    }
    const std::string_view escaped = cursor_.window().substr(0, length);
    if (escaped.contains('\\')) {
      scratch_.clear();
      append_unescaped(scratch_, escaped);
      out_.strings->add(scratch_);
    } else {
      out_.strings->add(escaped);
    }
    cursor_.consume(length + 1);
  }
  return !cursor_.error();
}

}  // namespace

bool looks_like_snapshot(std::string_view head) { return json_begins(head, "{\"snapshot\":{"); }

Result<Snapshot> read_snapshot(ByteSource& source, std::vector<char> head, bool strict,
                               unsigned threads, Monitor& monitor) {
  monitor.begin_phase("reading", source.info().stored_bytes);
  JsonCursor cursor(source, std::move(head), monitor);
  Reader reader(cursor, threads);
  try {
    const bool whole = reader.run();
    if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "stopped while reading");
    if (reader.too_large()) {
      Error error = *reader.too_large();
      error.file = source.info().name;
      return std::unexpected(error);
    }
    if (!whole && (strict || !cursor.cut() || !reader.is_usable())) {
      return std::unexpected(*cursor.error());
    }
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kTooLarge, "there is not enough memory for this snapshot");
  }
  Snapshot snapshot = reader.take();
  snapshot.early_end = cursor.error();
  snapshot.content_bytes = cursor.offset();
  return snapshot;
}

}  // namespace tidemark::v8
