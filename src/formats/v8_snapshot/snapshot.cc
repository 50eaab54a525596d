#include "formats/v8_snapshot/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <new>

#include "base/units.h"
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
    } else {
      cursor.skip_value();
    }
  }
}

// Calls use(record, fields) for each whole record among the numbers, and part(record, field, value)
// for the fields of those that other blocks share.
template <class Whole, class Part>
void each_record(const Numbers& numbers, std::size_t width, const Whole& whole, const Part& part) {
  std::uint64_t record = numbers.first / width;
  std::size_t field = numbers.first % width;
  std::size_t i = 0;
  const std::size_t size = numbers.values.size();
  for (; field != 0 && i < size; ++i) {
    part(record, field, numbers.values[i]);
    if (++field == width) {
      field = 0;
      ++record;
    }
  }
  for (; i + width <= size; i += width) whole(record++, &numbers.values[i]);
  for (; i < size; ++i) part(record, field++, numbers.values[i]);
}

class Reader {
 public:
  Reader(JsonCursor& cursor, unsigned threads) : cursor_(cursor), threads_(threads) {
    out_.strings = std::make_shared<TextTable>();
  }

  bool run();
  Snapshot take() { return std::move(out_); }
  // Enough for a graph, although the input broke off.
  [[nodiscard]] bool is_usable() const { return has_edges_; }
  [[nodiscard]] const std::optional<Error>& too_large() const { return too_large_; }

 private:
  bool read_member(const std::string& name);
  bool read_nodes();
  void take_nodes(const Numbers& numbers);
  bool place_edges();
  bool read_edges();
  void take_edges(const Numbers& numbers);
  bool read_locations();
  bool read_strings();
  bool refuse(std::string message);

  JsonCursor& cursor_;
  unsigned threads_;
  Header header_;
  bool has_header_ = false;
  bool has_nodes_ = false;
  bool has_edges_ = false;
  std::vector<NodeType> node_types_;
  std::vector<EdgeType> edge_types_;
  struct {
    std::size_t type, name, id, self_size, edge_count, detached;
  } at_{};
  struct {
    std::size_t type, what, target;
  } edge_at_{};
  std::mutex mutex_;  // guards large_sizes
  std::atomic<std::uint64_t> dangling_{0};
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
  if (name == "snapshot") {
    read_header(cursor_, header_);
    has_header_ = true;
    return !cursor_.error();
  }
  if (name == "nodes" && !has_nodes_) return read_nodes();
  if (name == "edges" && !has_edges_) return read_edges();
  if (name == "locations") return read_locations();
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
         .detached = layout.at("detachedness")};
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
  out_.self_size = Buffer<std::uint32_t>(most);
  if (at_.detached != kAbsent) out_.detached = Buffer<std::uint8_t>(most);
  out_.edge_begin = Buffer<std::uint32_t>(most + 1);  // first how many each node has
  std::uint64_t count = 0;
  const std::uint64_t offset = cursor_.offset();
  if (!read_numbers(cursor_, threads_, count, [&](const Numbers& n) { take_nodes(n); })) {
    return false;
  }
  if (count != header_.node_count * layout.fields.size()) {
    return cursor_.fail_at(
        offset, fmt::format("the header promises {} nodes of {} fields, but there are {} numbers",
                            format_count(static_cast<std::int64_t>(header_.node_count)),
                            layout.fields.size(), format_count(static_cast<std::int64_t>(count))));
  }
  out_.nodes = static_cast<std::uint32_t>(most);
  std::ranges::sort(out_.large_sizes);
  has_nodes_ = true;
  return place_edges();
}

void Reader::take_nodes(const Numbers& numbers) {
  const std::size_t width = header_.node.fields.size();
  const auto put = [&](std::uint64_t node, std::size_t field, std::uint32_t value) {
    if (node >= header_.node_count) return;
    if (field == at_.type) {
      out_.type[node] = value < node_types_.size() ? node_types_[value] : NodeType::kUnknown;
    }
    if (field == at_.name) out_.name[node] = value;
    if (field == at_.id) out_.id[node] = value;
    if (field == at_.self_size) out_.self_size[node] = value;
    if (field == at_.edge_count) out_.edge_begin[node] = value;
    if (field == at_.detached) out_.detached[node] = static_cast<std::uint8_t>(value);
  };
  each_record(
      numbers, width,
      [&](std::uint64_t node, const std::uint32_t* value) {
        if (node >= header_.node_count) return;
        const std::uint32_t type = value[at_.type];
        out_.type[node] = type < node_types_.size() ? node_types_[type] : NodeType::kUnknown;
        out_.name[node] = value[at_.name];
        out_.id[node] = value[at_.id];
        out_.self_size[node] = value[at_.self_size];
        out_.edge_begin[node] = value[at_.edge_count];
        if (at_.detached != kAbsent) {
          out_.detached[node] = static_cast<std::uint8_t>(value[at_.detached]);
        }
      },
      put);
  for (const auto& [index, value] : numbers.large) {
    const std::uint64_t position = numbers.first + index;
    if (position % width == at_.self_size && position / width < header_.node_count) {
      const std::scoped_lock lock(mutex_);
      out_.large_sizes.emplace_back(static_cast<std::uint32_t>(position / width), value);
    } else {
      too_many_ = true;  // an id or a count that 32 bits do not hold
    }
  }
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
  out_.edge_label = Buffer<std::uint32_t>::zeroed(out_.edges);
  out_.edge_target = Buffer<std::uint32_t>::zeroed(out_.edges);
  std::uint64_t count = 0;
  const std::uint64_t offset = cursor_.offset();
  const bool sound =
      read_numbers(cursor_, threads_, count, [&](const Numbers& n) { take_edges(n); });
  out_.dangling_edges = dangling_;
  has_edges_ = sound || cursor_.cut();
  if (!sound) {
    // What the blocks before the cut did not fill refers to the root: as good as nothing.
    const auto known =
        static_cast<std::size_t>(std::min<std::uint64_t>(count / layout.fields.size(), out_.edges));
    std::fill(out_.edge_label.begin() + known, out_.edge_label.end(),
              EdgeLabel(EdgeType::kOther, 0).packed());
    return false;
  }
  if (count != std::uint64_t{out_.edges} * layout.fields.size()) {
    has_edges_ = false;
    return cursor_.fail_at(
        offset, fmt::format("the nodes have {} edges of {} fields, but there are {} numbers",
                            format_count(out_.edges), layout.fields.size(),
                            format_count(static_cast<std::int64_t>(count))));
  }
  return true;
}

void Reader::take_edges(const Numbers& numbers) {
  const std::size_t width = header_.edge.fields.size();
  const auto node_width = static_cast<std::uint32_t>(header_.node.fields.size());
  std::uint64_t dangling = 0;
  const auto type_of = [&](std::uint32_t value) {
    return value < edge_types_.size() ? edge_types_[value] : EdgeType::kOther;
  };
  const auto target_of = [&](std::uint32_t value) {
    const std::uint32_t target = value / node_width;
    if (target < out_.nodes && target * node_width == value) return target;
    ++dangling;
    return 0U;
  };
  each_record(
      numbers, width,
      [&](std::uint64_t edge, const std::uint32_t* value) {
        if (edge >= out_.edges) return;
        out_.edge_label[edge] =
            EdgeLabel(type_of(value[edge_at_.type]), value[edge_at_.what]).packed();
        out_.edge_target[edge] = target_of(value[edge_at_.target]);
      },
      [&](std::uint64_t edge, std::size_t field, std::uint32_t value) {
        if (edge >= out_.edges) return;
        // Two threads may have a part each of one edge, so each writes bits of its own.
        const std::atomic_ref<std::uint32_t> label(out_.edge_label[edge]);
        if (field == edge_at_.type) {
          label.fetch_or(EdgeLabel(type_of(value), 0).packed());
        } else if (field == edge_at_.what) {
          label.fetch_or(std::min(value, EdgeLabel::kMost));
        } else if (field == edge_at_.target) {
          out_.edge_target[edge] = target_of(value);
        }
      });
  dangling_ += dangling;
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
  std::vector<std::uint32_t> values;
  std::uint64_t count = 0;
  const bool sound = read_numbers(cursor_, 1, count, [&](const Numbers& numbers) {
    values.insert(values.end(), numbers.values.begin(), numbers.values.end());
  });
  for (std::size_t i = 0; i + width <= values.size(); i += width) {
    const std::uint32_t ordinal = values[i + object] / node_width;
    if (ordinal >= out_.nodes) continue;
    out_.locations.push_back({.ordinal = ordinal,
                              .script = values[i + script],
                              .line = values[i + line],
                              .column = values[i + column]});
  }
  std::ranges::stable_sort(out_.locations, {}, &Location::ordinal);
  return sound;
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

bool looks_like_snapshot(std::string_view head) {
  std::string plain;
  for (const char c : head.substr(0, 4096)) {
    if (!is_blank(c)) plain.push_back(c);
    if (plain.size() > 64) break;
  }
  return plain.starts_with("{\"snapshot\":{");
}

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
