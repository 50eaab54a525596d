#include "formats/ruby_dump/record_parser.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "formats/ruby_dump/scan.h"

namespace tidemark::ruby {

// One line while it is being read. Texts point into the block.
struct RecordParser::Record {
  std::uint64_t address = 0;
  std::uint64_t class_address = 0;
  std::uint64_t superclass_address = 0;
  std::uint64_t memsize = 0;
  std::uint64_t extent = 0;
  std::uint64_t line = 0;
  std::uint64_t generation = kNoGeneration;
  std::uint64_t slot_size = 0;
  std::uint64_t shape_id = 0;
  std::uint64_t parent_shape = 0xffffffffU;
  std::string_view file;
  std::string_view method;
  std::string_view name;
  std::string_view real_name;
  std::string_view detail;  // struct or imemo type
  std::string_view root;
  std::string_view edge_name;
  std::string_view value;
  std::size_t first_reference = 0;
  Type type = Type::kUnknown;
  std::uint8_t flags = 0;
  bool has_address = false;
  bool has_type = false;
  bool has_value = false;
  bool has_memsize = false;
  bool repaired = false;
};

namespace {

constexpr std::size_t kSiteEntries = std::size_t{1} << 15;

// Members that may follow a value which MRI writes unescaped.
constexpr std::array<std::string_view, 38> kMembers = {"line\":",
                                                       "generation\":",
                                                       "references\":",
                                                       "method\":",
                                                       "memsize\":",
                                                       "flags\":",
                                                       "file\":",
                                                       "name\":",
                                                       "address\":",
                                                       "type\":",
                                                       "shape_id\":",
                                                       "slot_size\":",
                                                       "class\":",
                                                       "frozen\":",
                                                       "node_type\":",
                                                       "imemo_type\":",
                                                       "mid\":",
                                                       "called_id\":",
                                                       "embedded\":",
                                                       "broken\":",
                                                       "associated\":",
                                                       "fstring\":",
                                                       "chilled\":",
                                                       "shared\":",
                                                       "bytesize\":",
                                                       "capacity\":",
                                                       "value\":",
                                                       "encoding\":",
                                                       "coderange\":",
                                                       "size\":",
                                                       "length\":",
                                                       "variation_count\":",
                                                       "superclass\":",
                                                       "singleton\":",
                                                       "real_class_name\":",
                                                       "struct\":",
                                                       "ivars\":",
                                                       "free_immediately\":"};

bool known_member_at(const char* p, const char* end) {
  // What nearly always follows a path and a method name.
  const char* q = p;
  if (eat(q, "line\":") || eat(q, "generation\":")) return true;
  const std::string_view rest(p, static_cast<std::size_t>(end - p));
  return std::ranges::any_of(kMembers, [&](std::string_view m) { return rest.starts_with(m); });
}

const char* line_end(const char* p, const char* end) {
  const void* newline = std::memchr(p, '\n', static_cast<std::size_t>(end - p));
  return newline == nullptr ? end : static_cast<const char*>(newline);
}

const char* skip_blanks(const char* p, const char* end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) ++p;
  return p;
}

// Steps over any JSON value on this line; false when it does not end on it.
bool skip_value(const char*& p, const char* end) {
  int depth = 0;
  while (p < end && *p != '\n') {
    const char c = *p;
    if (c == '"') {
      p = closing_quote(p + 1, end);
      if (p >= end || *p != '"') return false;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return true;
      --depth;
    } else if (c == ',' && depth == 0) {
      return true;
    }
    ++p;
  }
  return false;
}

[[gnu::always_inline]] inline bool parse_address(const char*& p, std::uint64_t& address) {
  if (!eat(p, "\"0x") || !parse_hex(p, address)) return false;
  ++p;
  return true;
}

// A string written with escapes; `text` keeps them.
[[gnu::always_inline]] inline bool parse_text(const char*& p, const char* end,
                                              std::string_view& text) {
  if (*p != '"') return false;
  const char* begin = p + 1;
  const char* quote = closing_quote(begin, end);
  if (quote >= end || *quote != '"') return false;
  text = {begin, static_cast<std::size_t>(quote - begin)};
  p = quote + 1;
  return true;
}

std::uint32_t clamp32(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 0xfffffffeU));
}

}  // namespace

RecordParser::RecordParser(ParseContext& context)
    : context_(context), pages_(context.pages), sites_(kSiteEntries) {}

RecordParser::~RecordParser() = default;

std::vector<Segment> RecordParser::parse(const LineBlock& block) {
  block_begin_ = block.bytes.data();
  block_offset_ = block.offset;
  const char* p = block_begin_;
  const char* end = p + block.size;
  if (block.offset == 0 && std::string_view(p, block.size).starts_with("\xef\xbb\xbf")) p += 3;
  while (p < end) p = parse_line(p, end);
  finish_segment();
  return std::exchange(finished_, {});
}

// Hands out a copy of exactly the needed size and keeps the roomy vectors for the next block.
void RecordParser::finish_segment() {
  finished_.push_back(segment_);
  Segment& s = segment_;
  s.rows.clear();
  s.references.clear();
  s.classes.clear();
  s.roots.clear();
  s.shapes.clear();
  s.object_shapes.clear();
  s.large_sizes.clear();
  s.texts.clear();
  s.previews.clear();
  s.free_slots.clear();
  s.begins_with_root = false;
  s.lines = s.repaired_lines = s.damaged_lines = s.unnumbered_objects = 0;
  s.first_damage.clear();
}

// Reads the record that begins at `p`; returns where to go on: the next line, or right behind
// the record when another one begins there.
const char* RecordParser::parse_line(const char* line, const char* end) {
  const char* p = skip_blanks(line, end);
  if (p >= end) return end;
  if (*p == '\n') return p + 1;
  Record record;
  record.first_reference = segment_.references.size();
  if (*p == '{' && (parse_members(++p, end, record) || rejoin(p, line, end, record)) &&
      accept(record)) {
    ++segment_.lines;
    if (record.repaired) ++segment_.repaired_lines;
    p = skip_blanks(p, end);
    if (p >= end) return end;
    if (*p == '\n') return p + 1;
    if (*p == '{') return p;  // two dumps were joined where the first had no final newline
    count_damage(p, "something stands behind the end of a record");
    return line_end(p, end) + 1;
  }
  segment_.references.resize(record.first_reference);
  const char* stop = line_end(line, end);
  count_damage(line, stop == end || record.has_address ? "the record is cut or broken"
                                                       : "the line is not a record");
  // A line that was cut when two dumps were joined holds the next dump's first record.
  const std::string_view rest(line + 1, static_cast<std::size_t>(stop - line) - 1);
  const std::size_t inner =
      std::min(rest.find("{\"type\":\"ROOT\""), rest.find("{\"address\":\"0x"));
  return inner != std::string_view::npos ? line + 1 + inner : std::min(stop + 1, end);
}

// Ruby 3.0 and 3.1 write stale bytes, each behind a NUL, where a method name is not ASCII. A
// newline among them splits the record: go on behind it, at the member that follows the name.
bool RecordParser::rejoin(const char*& p, const char* line, const char* end, Record& record) {
  const char* stop = line_end(line, end);
  const auto length = static_cast<std::size_t>(stop - line);
  if (!record.has_address || !record.has_type || std::memchr(line, '\0', length) == nullptr) {
    return false;
  }
  constexpr std::size_t kFar = 4096;
  const std::string_view rest(stop,
                              std::min<std::size_t>(kFar, static_cast<std::size_t>(end - stop)));
  const std::size_t member = rest.find(", \"generation\":");
  const std::size_t next = rest.find("\n{\"address\":\"0x");
  if (member == std::string_view::npos || member > next) return false;
  record.repaired = true;
  p = stop + member + 2;
  return parse_members(p, end, record);
}

bool RecordParser::parse_members(const char*& p, const char* end, Record& record) {
  p = skip_blanks(p, end);
  for (;;) {
    const Step step = p < end && *p == '"' ? parse_member(++p, end, record) : Step::kBroken;
    if (step == Step::kEndOfLine) return true;
    if (step == Step::kNext) {
      if (*p == ',') {
        p += p[1] == ' ' ? 2 : 1;
        if (*p != '"') p = skip_blanks(p, end);
        continue;
      }
      p = skip_blanks(p, end);
      if (p < end && *p == '}') {
        ++p;
        return true;
      }
      if (p < end && *p == ',') {
        p = skip_blanks(p + 1, end);
        continue;
      }
    }
    // Broken: go on at the next member whose name we know.
    const char* stop = line_end(p, end);
    while (p < stop &&
           !(p[0] == ',' && p[1] == ' ' && p[2] == '"' && known_member_at(p + 3, stop))) {
      ++p;
    }
    if (p >= stop) return false;
    record.repaired = true;
    p += 2;
  }
}

// `p` stands behind the quote that opens the name. One switch on four bytes of it finds the
// group; each group compares the whole name.
RecordParser::Step RecordParser::parse_member(const char*& p, const char* end, Record& record) {
  switch (load32(p)) {
    case tag("addr"):
    case tag("type"):
    case tag("clas"):
    case tag("shap"):
    case tag("slot"):
      return parse_identity(p, end, record);
    case tag("byte"):
    case tag("valu"):
    case tag("size"):
    case tag("leng"):
    case tag("ivar"):
    case tag("shar"):
    case tag("froz"):
      return parse_content(p, end, record);
    case tag("refe"):
      return eat(p, "references\":") ? parse_references(p, end, record) : skip_member(p, end);
    case tag("file"):
    case tag("line"):
    case tag("meth"):
    case tag("gene"):
    case tag("mems"):
      return parse_tracing(p, end, record);
    case tag("flag"):
      return eat(p, "flags\":") ? skip_flags(p, end, record) : skip_member(p, end);
    case tag("name"):
    case tag("real"):
    case tag("supe"):
    case tag("sing"):
    case tag("stru"):
    case tag("imem"):
    case tag("root"):
    case tag("edge"):
    case tag("pare"):
    case tag("id\":"):
      return parse_naming(p, end, record);
    default:
      return skip_member(p, end);
  }
}

RecordParser::Step RecordParser::skip_member(const char*& p, const char* end) {
  p = closing_quote(p, end);
  if (p >= end || *p != '"') return Step::kBroken;
  p = skip_blanks(p + 1, end);
  if (p >= end || *p != ':') return Step::kBroken;
  p = skip_blanks(p + 1, end);
  return skip_value(p, end) ? Step::kNext : Step::kBroken;
}

RecordParser::Step RecordParser::parse_identity(const char*& p, const char* end, Record& record) {
  bool sound = false;
  if (eat(p, "address\":")) {
    sound = record.has_address = parse_address(p, record.address);
  } else if (eat(p, "type\":")) {
    std::string_view name;
    sound = record.has_type = parse_text(p, end, name);
    record.type = type_named(name);
  } else if (eat(p, "class\":")) {
    sound = parse_address(p, record.class_address);
  } else if (eat(p, "shape_id\":")) {
    sound = parse_number(p, record.shape_id);
  } else if (eat(p, "slot_size\":")) {
    sound = parse_number(p, record.slot_size);
  } else {
    return skip_member(p, end);
  }
  return sound ? Step::kNext : Step::kBroken;
}

RecordParser::Step RecordParser::parse_content(const char*& p, const char* end, Record& record) {
  if (eat(p, "value\":")) {
    record.has_value = parse_text(p, end, record.value);
    return record.has_value ? Step::kNext : Step::kBroken;
  }
  if (eat(p, "bytesize\":") || eat(p, "size\":") || eat(p, "length\":") || eat(p, "ivars\":")) {
    return parse_number(p, record.extent) ? Step::kNext : Step::kBroken;
  }
  if (eat(p, "frozen\":true")) {
    record.flags |= kFrozen;
    return Step::kNext;
  }
  if (eat(p, "shared\":true")) {
    record.flags |= kSharedContent;
    return Step::kNext;
  }
  return skip_member(p, end);
}

RecordParser::Step RecordParser::parse_tracing(const char*& p, const char* end, Record& record) {
  bool sound = false;
  if (eat(p, "file\":")) return parse_raw_text(p, end, record.file, record);
  if (eat(p, "method\":")) return parse_raw_text(p, end, record.method, record);
  if (eat(p, "line\":")) {
    sound = parse_number(p, record.line);
  } else if (eat(p, "generation\":")) {
    sound = parse_number(p, record.generation);
  } else if (eat(p, "memsize\":")) {
    sound = record.has_memsize = parse_number(p, record.memsize);
  } else {
    return skip_member(p, end);
  }
  return sound ? Step::kNext : Step::kBroken;
}

RecordParser::Step RecordParser::parse_naming(const char*& p, const char* end, Record& record) {
  bool sound = false;
  if (eat(p, "name\":")) return parse_raw_text(p, end, record.name, record);
  if (eat(p, "real_class_name\":")) return parse_raw_text(p, end, record.real_name, record);
  if (eat(p, "struct\":")) return parse_raw_text(p, end, record.detail, record);
  if (eat(p, "imemo_type\":")) {
    sound = parse_text(p, end, record.detail);
  } else if (eat(p, "superclass\":")) {
    sound = parse_address(p, record.superclass_address);
  } else if (eat(p, "singleton\":true")) {
    record.flags |= kSingleton;
    sound = true;
  } else if (eat(p, "root\":")) {
    sound = parse_text(p, end, record.root);
  } else if (eat(p, "edge_name\":")) {
    sound = parse_text(p, end, record.edge_name);
  } else if (eat(p, "parent_id\":")) {
    sound = parse_number(p, record.parent_shape);
  } else if (eat(p, "id\":")) {
    sound = parse_number(p, record.shape_id);
  } else {
    return skip_member(p, end);
  }
  return sound ? Step::kNext : Step::kBroken;
}

// Flags come last and close the line; nothing behind them is worth reading then.
RecordParser::Step RecordParser::skip_flags(const char*& p, const char* end, Record& record) {
  if (record.has_memsize) {
    const char* stop = line_end(p, end);
    const char* last = stop;
    while (last > p && (last[-1] == '\r' || last[-1] == ' ')) --last;
    if (last - p > 2 && last[-1] == '}' && last[-2] == '}' &&
        std::memchr(p + 1, '{', static_cast<std::size_t>(last - p) - 1) == nullptr) {
      p = stop;
      return Step::kEndOfLine;
    }
  }
  return skip_value(p, end) ? Step::kNext : Step::kBroken;
}

RecordParser::Step RecordParser::parse_references(const char*& p, const char* end, Record& record) {
  if (*p++ != '[') return Step::kBroken;
  if (*p == ']') {
    ++p;
    return Step::kNext;
  }
  auto& out = segment_.references;
  if (!context_.options.references && record.has_type && record.type != Type::kRoot) {
    p = scan_to<']', false>(p, end);
    if (p >= end || *p != ']') return Step::kBroken;
    ++p;
    return Step::kNext;
  }
  for (;;) {
    std::uint64_t address = 0;
    if (!parse_address(p, address)) return Step::kBroken;
    out.push_back(pages_.encode(address));
    if (*p == ']') {
      ++p;
      return Step::kNext;
    }
    if (*p != ',') return Step::kBroken;
    p += p[1] == ' ' ? 2 : 1;
  }
}

// A value written without escapes ends at the first quote that closes the line's meaning: a
// known member or the end of the record follows it.
RecordParser::Step RecordParser::parse_raw_text(const char*& p, const char* end,
                                                std::string_view& text, Record& record) {
  if (*p != '"') return Step::kBroken;
  const char* begin = p + 1;
  for (const char* q = begin;; ++q) {
    q = scan_to<'"', false>(q, end);
    if (q >= end || *q != '"') return Step::kBroken;
    const bool closes =
        q[1] == '}' ||
        (q[1] == ',' && (q[2] == '"' ? known_member_at(q + 3, end)
                                     : q[2] == ' ' && q[3] == '"' && known_member_at(q + 4, end)));
    if (closes) {
      text = {begin, static_cast<std::size_t>(q - begin)};
      p = q + 1;
      return Step::kNext;
    }
    record.repaired = true;
  }
}

bool RecordParser::accept(Record& record) {
  if (!record.has_type) return false;
  if (context_.options.every_line && record.has_address) {
    if (record.type == Type::kShape) add_shape(record);
    add_object(record);
    return true;
  }
  switch (record.type) {
    case Type::kRoot:
      add_root(record);
      return true;
    case Type::kShape:
      add_shape(record);
      segment_.references.resize(record.first_reference);
      return true;
    case Type::kNone:
      add_free_slot(record);
      segment_.references.resize(record.first_reference);
      return true;
    default:
      if (!record.has_address) return false;
      add_object(record);
      return true;
  }
}

void RecordParser::add_object(Record& record) {
  Row row;
  row.code = pages_.encode(record.address);
  if (row.code == kOverflowCode || row.code == kNullCode) {
    if (row.code == kOverflowCode) ++segment_.unnumbered_objects;
    segment_.references.resize(record.first_reference);
    return;
  }
  const auto index = static_cast<std::uint32_t>(segment_.rows.size());
  row.type = record.type;
  row.flags = record.flags;
  row.class_code = record.class_address == 0 ? kNullCode : pages_.encode(record.class_address);
  row.extent = clamp32(record.extent);
  row.slot_size = static_cast<std::uint16_t>(std::min<std::uint64_t>(record.slot_size, 0xffff));
  if (record.memsize >= 0xffffffffU) {
    row.memsize = 0xffffffffU;
    segment_.large_sizes.emplace_back(index, record.memsize);
  } else {
    row.memsize = static_cast<std::uint32_t>(record.memsize);
  }
  if (record.generation < kNoGeneration) {
    row.generation = static_cast<std::uint32_t>(record.generation);
  }
  if (record.file.data() != nullptr || record.method.data() != nullptr) row.site = site_of(record);
  if (!record.detail.empty()) row.extent = context_.words.intern(record.detail).value;
  row.reference_count =
      static_cast<std::uint32_t>(segment_.references.size() - record.first_reference);
  if (is_class_like(record.type)) {
    ClassRow entry{.row = index, .name = {}, .real_name = {}, .superclass_code = 0};
    if (!record.name.empty()) entry.name = context_.words.intern(record.name);
    if (!record.real_name.empty()) entry.real_name = context_.words.intern(record.real_name);
    if (record.superclass_address != 0) {
      entry.superclass_code = pages_.encode(record.superclass_address);
    }
    segment_.classes.push_back(entry);
  } else if (record.shape_id != 0 &&
             (record.type == Type::kObject || record.type == Type::kImemo)) {
    segment_.object_shapes.emplace_back(index, clamp32(record.shape_id));
  }
  if (record.has_value && context_.options.texts) add_text(record, index);
  segment_.rows.push_back(row);
}

void RecordParser::add_text(const Record& record, std::uint32_t row) {
  const std::uint64_t hash = stable_hash(record.value);
  segment_.texts.push_back({.row = row, .length = clamp32(record.value.size()), .hash = hash});
  if (!context_.options.previews || record.type != Type::kString) return;
  if (context_.seen_texts->seen_before(hash) && previewed_.insert(hash).second) {
    constexpr std::size_t kPreview = 100;
    segment_.previews.emplace_back(hash, context_.words.intern(record.value.substr(0, kPreview)));
  }
}

// A ROOT record behind objects begins another dump, joined to the one before.
void RecordParser::add_root(const Record& record) {
  const auto first = static_cast<std::ptrdiff_t>(record.first_reference);
  std::vector<std::uint32_t> codes(segment_.references.begin() + first, segment_.references.end());
  segment_.references.resize(record.first_reference);
  if (!segment_.rows.empty()) finish_segment();
  if (segment_.roots.empty()) segment_.begins_with_root = true;
  segment_.roots.push_back({.name = context_.words.intern(record.root), .codes = std::move(codes)});
}

void RecordParser::add_shape(const Record& record) {
  ShapeRow shape;
  shape.id = clamp32(record.shape_id);
  shape.parent =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(record.parent_shape, 0xffffffffU));
  if (!record.edge_name.empty()) shape.field = context_.words.intern(record.edge_name);
  segment_.shapes.push_back(shape);
}

void RecordParser::add_free_slot(const Record& record) {
  const std::uint32_t size = clamp32(record.slot_size);
  const auto place = std::ranges::find(segment_.free_slots, size, &FreeSlots::slot_size);
  if (place != segment_.free_slots.end()) {
    ++place->count;
  } else {
    segment_.free_slots.push_back({.slot_size = size, .count = 1});
  }
}

SiteId RecordParser::site_of(const Record& record) {
  const std::uint64_t method = record.method.data() == nullptr ? 0 : stable_hash(record.method, 1);
  const std::uint64_t seed = combine(combine(process_seed(), record.line), method);
  const std::uint64_t hash = stable_hash(record.file, seed) | 1;
  SiteEntry& entry = sites_[hash >> 49];
  if (entry.hash != hash) {
    Site site;
    if (record.file.data() != nullptr) site.file = context_.words.intern(record.file);
    if (record.method.data() != nullptr) site.method = context_.words.intern(record.method);
    site.line = clamp32(record.line);
    entry = {.hash = hash, .site = context_.words.intern_site(site)};
  }
  return entry.site;
}

void RecordParser::count_damage(const char* line, const char* why) {
  ++segment_.lines;
  if (segment_.damaged_lines++ == 0) {
    segment_.first_damaged_offset = block_offset_ + static_cast<std::uint64_t>(line - block_begin_);
    segment_.first_damage = why;
  }
}

}  // namespace tidemark::ruby
