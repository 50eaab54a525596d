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
  std::uint64_t parent_shape = kNoShape;
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
  bool complex_shape = false;  // its shape does not list its fields
  bool repaired = false;
};

namespace {

constexpr std::size_t kSiteEntries = std::size_t{1} << 15;

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

// What nearly always follows a path or a method name; decides with one comparison.
[[gnu::always_inline]] inline bool often_follows_text(const char* p) {
  const std::uint64_t next = load64(p);
  return next == tag(", \"line\"") || next == tag(", \"metho") || next == tag(", \"gener") ||
         next == tag(", \"memsi");
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

RecordParser::RecordParser(ParseContext& context) : context_(context), pages_(context.pages) {}

RecordParser::~RecordParser() = default;

std::vector<Segment> RecordParser::parse(const LineBlock& block) {
  block_begin_ = block.bytes.data();
  block_offset_ = block.offset;
  const char* p = block_begin_;
  const char* end = p + block.size;
  repair_.begin_block(end);
  rejoin_tried_ = nullptr;
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
    line = p;
  } else {
    segment_.references.resize(record.first_reference);
    count_damage(line, repair_.line_stop(line) == end || record.has_address
                           ? "the record is cut or broken"
                           : "the line is not a record");
  }
  // A line that was cut when two dumps were joined holds the next dump's first record.
  const char* inner = repair_.next_record(line + 1);
  return inner != nullptr ? inner : std::min(repair_.line_stop(line) + 1, end);
}

// Ruby 3.0 and 3.1 write stale bytes, each behind a NUL, where a method name is not ASCII. Newlines
// among them split the record: go on behind them, at the member that follows the name.
bool RecordParser::rejoin(const char*& p, const char* line, const char* end, Record& record) {
  const char* stop = repair_.line_stop(line);
  if (!record.has_address || !record.has_type || rejoin_tried_ == stop) return false;
  rejoin_tried_ = stop;
  if (find_byte(line, '\0', stop) == stop) return false;
  constexpr int kMostNewlines = 4;
  for (int newlines = 0; newlines < kMostNewlines; ++newlines) {
    const char* begin = stop + 1;
    if (begin >= end || record_at(begin, end)) return false;
    stop = line_end(begin, end);
    const std::string_view rest(begin, static_cast<std::size_t>(stop - begin));
    const std::size_t member = rest.find(", \"generation\":");
    if (member == std::string_view::npos) continue;
    record.repaired = true;
    p = begin + member + 2;
    return parse_members(p, end, record);
  }
  return false;
}

bool RecordParser::parse_members(const char*& p, const char* end, Record& record) {
  p = skip_blanks(p, end);
  for (;;) {
    const char* member = p;
    const Step step = p < end && *p == '"' ? parse_member(++p, end, record) : Step::kBroken;
    if (step == Step::kNext) {
      if (is_blank(*p)) p = skip_blanks(p, end);
      if (*p == ',') {
        p += p[1] == ' ' ? 2 : 1;
        if (*p != '"') p = skip_blanks(p, end);
        continue;
      }
      if (*p == '}') {
        ++p;
        return true;
      }
    }
    const char* next = repair_.next_member(member, p);
    if (next == nullptr) return false;
    record.repaired = true;
    p = next;
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
    case tag("too_"):
    case tag("comp"):
      return parse_content(p, end, record);
    case tag("refe"):
      return eat_key(p, "references\"") ? parse_references(p, end, record) : skip_member(p, end);
    case tag("file"):
    case tag("line"):
    case tag("meth"):
    case tag("gene"):
    case tag("mems"):
      return parse_tracing(p, end, record);
    case tag("flag"):
      return eat_key(p, "flags\"") ? skip_flags(p, end) : skip_member(p, end);
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
    case tag("id\" "):
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
  if (eat_key(p, "address\"")) {
    sound = record.has_address = parse_address(p, record.address);
  } else if (eat_key(p, "type\"")) {
    std::string_view name;
    sound = record.has_type = parse_text(p, end, name);
    record.type = type_named(name);
  } else if (eat_key(p, "class\"")) {
    sound = parse_address(p, record.class_address);
  } else if (eat_key(p, "shape_id\"")) {
    sound = parse_number(p, record.shape_id);
  } else if (eat_key(p, "slot_size\"")) {
    sound = parse_number(p, record.slot_size);
  } else {
    return skip_member(p, end);
  }
  return sound ? Step::kNext : Step::kBroken;
}

RecordParser::Step RecordParser::parse_content(const char*& p, const char* end, Record& record) {
  if (eat_key(p, "value\"")) {
    record.has_value = parse_text(p, end, record.value);
    return record.has_value ? Step::kNext : Step::kBroken;
  }
  if (eat_key(p, "bytesize\"") || eat_key(p, "size\"") || eat_key(p, "length\"") ||
      eat_key(p, "ivars\"")) {
    return parse_number(p, record.extent) ? Step::kNext : Step::kBroken;
  }
  if (eat_key(p, "frozen\"")) return parse_flag(p, end, kFrozen, record);
  if (eat_key(p, "shared\"")) return parse_flag(p, end, kSharedContent, record);
  if (eat_key(p, "too_complex_shape\"") || eat_key(p, "complex_shape\"")) {
    record.complex_shape = true;
    return skip_value(p, end) ? Step::kNext : Step::kBroken;
  }
  return skip_member(p, end);
}

RecordParser::Step RecordParser::parse_flag(const char*& p, const char* end, NodeFlag flag,
                                            Record& record) {
  if (eat(p, "true")) {
    record.flags |= flag;
    return Step::kNext;
  }
  return skip_value(p, end) ? Step::kNext : Step::kBroken;
}

RecordParser::Step RecordParser::parse_tracing(const char*& p, const char* end, Record& record) {
  bool sound = false;
  if (eat_key(p, "file\"")) return parse_raw_text(p, end, record.file, record);
  if (eat_key(p, "method\"")) return parse_raw_text(p, end, record.method, record);
  if (eat_key(p, "line\"")) {
    sound = parse_number(p, record.line);
  } else if (eat_key(p, "generation\"")) {
    sound = parse_number(p, record.generation);
  } else if (eat_key(p, "memsize\"")) {
    sound = parse_number(p, record.memsize);
  } else {
    return skip_member(p, end);
  }
  return sound ? Step::kNext : Step::kBroken;
}

RecordParser::Step RecordParser::parse_naming(const char*& p, const char* end, Record& record) {
  bool sound = false;
  if (eat_key(p, "singleton\"")) return parse_flag(p, end, kSingleton, record);
  if (eat_key(p, "name\"")) return parse_raw_text(p, end, record.name, record);
  if (eat_key(p, "real_class_name\"")) return parse_raw_text(p, end, record.real_name, record);
  if (eat_key(p, "struct\"")) return parse_raw_text(p, end, record.detail, record);
  if (eat_key(p, "imemo_type\"")) {
    sound = parse_text(p, end, record.detail);
  } else if (eat_key(p, "superclass\"")) {
    sound = parse_address(p, record.superclass_address);
  } else if (eat_key(p, "root\"")) {
    sound = parse_text(p, end, record.root);
  } else if (eat_key(p, "edge_name\"")) {
    sound = parse_text(p, end, record.edge_name);
  } else if (eat_key(p, "parent_id\"")) {
    sound = parse_number(p, record.parent_shape);
  } else if (eat_key(p, "id\"")) {
    sound = parse_number(p, record.shape_id);
  } else {
    return skip_member(p, end);
  }
  return sound ? Step::kNext : Step::kBroken;
}

// A flat list of flags closes at the first brace; only a huge object_id puts a pair of its own in.
RecordParser::Step RecordParser::skip_flags(const char*& p, const char* end) {
  const char* close = scan_to<'}', '{'>(p + 1, end);
  if (*p == '{' && close < end && *close == '}' && (close[1] == '}' || close[1] == ',')) {
    p = close + 1;
    return Step::kNext;
  }
  return skip_value(p, end) ? Step::kNext : Step::kBroken;
}

RecordParser::Step RecordParser::parse_references(const char*& p, const char* end, Record& record) {
  if (*p != '[') return Step::kBroken;
  ++p;
  if (*p != '"') p = skip_blanks(p, end);
  if (*p == ']') {
    ++p;
    return Step::kNext;
  }
  if (!context_.options.references && record.has_type && record.type != Type::kRoot) {
    p = scan_to<']'>(p, end);
    if (p >= end || *p != ']') return Step::kBroken;
    ++p;
    return Step::kNext;
  }
  auto& out = segment_.references;
  for (;;) {
    std::uint64_t address = 0;
    if (!parse_address(p, address)) return Step::kBroken;
    out.push_back(pages_.encode(address));
    if (is_blank(*p)) p = skip_blanks(p, end);
    if (*p == ']') {
      ++p;
      return Step::kNext;
    }
    if (*p != ',') return Step::kBroken;
    p += p[1] == ' ' ? 2 : 1;
    if (*p != '"') p = skip_blanks(p, end);
  }
}

// A text that MRI writes without escapes, or did in some version.
RecordParser::Step RecordParser::parse_raw_text(const char*& p, const char* end,
                                                std::string_view& text, Record& record) {
  if (*p != '"') return Step::kBroken;
  const char* begin = p + 1;
  const char* quote = scan_to<'"'>(begin, end);
  if (*quote != '"' || !often_follows_text(quote + 1))
    quote = repair_.raw_text_end(begin, record.repaired);
  if (quote == nullptr) return Step::kBroken;
  text = {begin, static_cast<std::size_t>(quote - begin)};
  p = quote + 1;
  return Step::kNext;
}

bool RecordParser::accept(Record& record) {
  if (!record.has_type) return false;
  if (context_.options.every_line && record.has_address && record.type != Type::kRoot) {
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
      ++segment_.free_slots[clamp32(record.slot_size)];
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
  if (has_detail(row.type)) {
    row.extent = record.detail.empty() ? 0 : context_.words.intern(record.detail).value + 1;
  }
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
  } else if (record.shape_id != 0 && !record.complex_shape &&
             (record.type == Type::kObject || record.type == Type::kImemo)) {
    segment_.object_shapes.emplace_back(index, clamp32(record.shape_id));
  }
  // Whoever was traced is known by its generation; its text is of use only for duplicates.
  const bool wants_text = context_.options.previews || row.generation == kNoGeneration;
  if (record.has_value && context_.options.texts && wants_text) add_text(record, index);
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
  // What stands before the first root of a block may belong to the dump before, too.
  const bool first_root = segment_.roots.empty() && segment_.lines > 0;
  if (!segment_.rows.empty() || first_root) finish_segment();
  segment_.begins_with_root = true;
  segment_.roots.push_back({.name = context_.words.intern(record.root), .codes = std::move(codes)});
}

void RecordParser::add_shape(const Record& record) {
  ShapeRow shape;
  shape.id = clamp32(record.shape_id);
  shape.parent = static_cast<std::uint32_t>(std::min<std::uint64_t>(record.parent_shape, kNoShape));
  if (!record.edge_name.empty()) shape.field = context_.words.intern(record.edge_name);
  segment_.shapes.push_back(shape);
}

SiteId RecordParser::site_of(const Record& record) {
  const std::uint64_t method = record.method.data() == nullptr ? 0 : stable_hash(record.method, 1);
  const std::uint64_t seed = combine(combine(process_seed(), record.line), method);
  const std::uint64_t hash = stable_hash(record.file, seed) | 1;
  if (sites_.empty()) sites_.resize(kSiteEntries);
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
