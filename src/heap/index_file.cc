#include "heap/index_file.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/threads.h"
#include "heap/index_checks.h"

namespace tidemark {
namespace {

// How small tables stand in the file: without padding.
struct StoredKind {
  StringId name;
  std::uint32_t role;
};
struct StoredLargeSize {
  std::uint64_t node;
  std::uint64_t bytes;
};
struct StoredName {
  std::uint32_t node;
  StringId name;
};
struct StoredLayout {
  std::uint32_t node;
  std::uint32_t layout;
};
struct StoredFields {
  std::uint32_t layout;
  std::uint32_t end;  // in "layout_fields"; they begin where those of the entry before end
};
struct StoredDuplicate {
  std::uint64_t count;
  std::uint64_t bytes;
  std::uint64_t wasted;
  StringId preview;
  std::uint32_t example;
  std::uint32_t length;
  std::uint32_t zero;
};

constexpr std::size_t kReportNumbers = 12;

std::array<std::uint64_t, kReportNumbers> report_numbers(const ReadReport& report) {
  return {report.content_bytes,        report.lines,
          report.repaired_lines,       report.damaged_lines,
          report.first_damaged_offset, report.dangling_references,
          report.duplicate_addresses,  report.traced_objects,
          report.has_roots ? 1U : 0U,  report.dumps_in_stream,
          report.dump_in_stream,       static_cast<std::uint64_t>(report.time_ns)};
}

ReadReport report_of(std::span<const std::uint64_t> numbers) {
  ReadReport report;
  report.content_bytes = numbers[0];
  report.lines = numbers[1];
  report.repaired_lines = numbers[2];
  report.damaged_lines = numbers[3];
  report.first_damaged_offset = numbers[4];
  report.dangling_references = numbers[5];
  report.duplicate_addresses = numbers[6];
  report.traced_objects = numbers[7];
  report.has_roots = numbers[8] != 0;
  report.dumps_in_stream = static_cast<std::uint32_t>(numbers[9]);
  report.dump_in_stream = static_cast<std::uint32_t>(numbers[10]);
  report.time_ns = static_cast<std::int64_t>(numbers[11]);
  return report;
}

void add_words(SectionFileWriter& file, Vocabulary& words) {
  std::vector<char> text;
  std::vector<std::uint64_t> ends;
  ends.reserve(words.string_count());
  for (std::uint32_t i = 0; i < words.string_count(); ++i) {
    const std::string_view word = words.text(StringId(i));
    text.insert(text.end(), word.begin(), word.end());
    ends.push_back(text.size());
  }
  std::vector<StringId> classes;
  classes.reserve(words.class_count());
  for (std::uint32_t i = 0; i < words.class_count(); ++i) {
    classes.push_back(words.intern(words.class_name(ClassId(i))));  // is there already
  }
  std::vector<Site> sites;
  sites.reserve(words.site_count());
  for (std::uint32_t i = 0; i < words.site_count(); ++i) sites.push_back(words.site(SiteId(i)));
  file.add("word_ends", std::move(ends));
  file.add("word_text", std::move(text));
  file.add("classes", std::move(classes));
  file.add("sites", std::move(sites));
}

void add_small_tables(SectionFileWriter& file, const HeapGraph& graph) {
  std::vector<StoredKind> kinds;
  for (const Kind& kind : graph.kinds) {
    kinds.push_back({.name = kind.name, .role = static_cast<std::uint32_t>(kind.role)});
  }
  std::vector<StoredLargeSize> large_sizes;
  for (const auto& [node, bytes] : graph.large_sizes) large_sizes.push_back({node, bytes});
  std::vector<StoredName> names;
  for (const auto& [node, name] : graph.own_names) names.push_back({node, name});
  std::vector<StoredLayout> layouts;
  layouts.reserve(graph.layouts.size());
  for (const auto& [node, layout] : graph.layouts) layouts.push_back({node, layout});
  std::vector<StoredFields> ends;
  std::vector<StringId> fields;
  for (const auto& [layout, of_layout] : graph.layout_names) {
    fields.insert(fields.end(), of_layout.begin(), of_layout.end());
    ends.push_back({layout, static_cast<std::uint32_t>(fields.size())});
  }
  std::vector<StoredDuplicate> duplicates;
  for (const DuplicateText& text : graph.duplicate_texts) {
    duplicates.push_back({.count = text.count,
                          .bytes = text.bytes,
                          .wasted = text.wasted,
                          .preview = text.preview,
                          .example = text.example,
                          .length = text.length,
                          .zero = 0});
  }
  std::vector<std::uint64_t> slots;
  for (const SlotClass& slot : graph.slots) {
    slots.insert(slots.end(), {slot.slot_bytes, slot.used, slot.free});
  }
  file.add("kinds", std::move(kinds));
  file.add("large_sizes", std::move(large_sizes));
  file.add("own_names", std::move(names));
  file.add("layouts", std::move(layouts));
  file.add("layout_ends", std::move(ends));
  file.add("layout_fields", std::move(fields));
  file.add("duplicate_texts", std::move(duplicates));
  file.add("slots", std::move(slots));
}

// Every step does nothing once one has failed.
class GraphReader {
 public:
  GraphReader(const SectionFile& file, std::shared_ptr<Vocabulary> words, unsigned threads)
      : file_(file), threads_(threads) {
    graph_.words = std::move(words);
  }

  Result<HeapGraph> run();

 private:
  void take_columns();
  void take_words();
  void take_tables();
  void take_layouts();
  void take_report();
  void check_sizes();
  void check_columns();
  void check_edges();
  void intern_words();
  void translate();

  void require(bool sound, const char* what) {
    if (!sound && failure_ == nullptr) failure_ = what;
  }
  [[nodiscard]] bool failed() const { return failure_ != nullptr; }
  template <PlainValue T>
  Column<T> take(const char* name) {
    auto column = file_.column<T>(name);
    require(column.has_value(), name);
    return column ? std::move(*column) : Column<T>();
  }
  [[nodiscard]] bool is_word(StringId id) const {
    return !id.valid() || id.value < word_ends_.size();
  }
  [[nodiscard]] StringId translated(StringId id) const {
    return id.valid() ? strings_[id.value] : id;
  }

  const SectionFile& file_;
  unsigned threads_;
  HeapGraph graph_;
  const char* failure_ = nullptr;  // the first section that makes no sense
  Column<std::uint64_t> word_ends_;
  Column<char> word_text_;
  Column<StringId> class_names_;
  Column<Site> stored_sites_;
  // By the file's ids.
  std::vector<StringId> strings_;
  std::vector<ClassId> classes_;
  std::vector<SiteId> sites_;
};

Result<HeapGraph> GraphReader::run() {
  take_columns();
  take_words();
  take_tables();
  take_layouts();
  take_report();
  check_sizes();
  if (!failed()) {
    // Neither looks at what the other writes.
    in_parallel(threads_, [&] { check_columns(); }, [&] { intern_words(); });
  }
  if (failed()) return fail(ErrorCode::kDamaged, fmt::format("section {} is damaged", failure_));
  translate();
  return std::move(graph_);
}

void GraphReader::take_columns() {
  graph_.kind = take<std::uint8_t>("kind");
  graph_.flags = take<std::uint8_t>("flags");
  graph_.class_id = take<ClassId>("class_id");
  graph_.shallow32 = take<std::uint32_t>("shallow");
  graph_.extent = take<std::uint32_t>("extent");
  graph_.site = take<SiteId>("site");
  graph_.generation = take<std::uint32_t>("generation");
  graph_.edge_begin = take<std::uint32_t>("edge_begin");
  graph_.edge_target = take<std::uint32_t>("edge_target");
  graph_.content = take<std::uint32_t>("content");
  graph_.addresses.page_keys = take<std::uint64_t>("page_keys");
  graph_.addresses.codes = take<std::uint32_t>("address_codes");
}

void GraphReader::take_words() {
  word_ends_ = take<std::uint64_t>("word_ends");
  word_text_ = take<char>("word_text");
  class_names_ = take<StringId>("classes");
  stored_sites_ = take<Site>("sites");
  if (failed()) return;
  std::uint64_t end = 0;
  for (const std::uint64_t next : word_ends_) {
    require(next >= end, "word_ends");
    end = next;
  }
  require(end == word_text_.size() && word_ends_.size() < 0xffffffffU, "word_ends");
  require(class_names_.size() < 0xffffffffU, "classes");
  for (const StringId name : class_names_) require(name.valid() && is_word(name), "classes");
  require(stored_sites_.size() < 0xffffffffU, "sites");
  for (const Site& site : stored_sites_) {
    require(is_word(site.file) && is_word(site.method), "sites");
  }
}

void GraphReader::take_tables() {
  const std::uint64_t nodes = graph_.kind.size();
  for (const StoredKind& kind : take<StoredKind>("kinds")) {
    require(kind.role <= static_cast<std::uint32_t>(Role::kInternal) && is_word(kind.name),
            "kinds");
    graph_.kinds.push_back({.name = kind.name, .role = static_cast<Role>(kind.role)});
  }
  std::uint64_t first_free = 0;
  for (const StoredLargeSize& size : take<StoredLargeSize>("large_sizes")) {
    require(size.node >= first_free && size.node < nodes, "large_sizes");
    first_free = size.node + 1;
    graph_.large_sizes.emplace_back(static_cast<std::uint32_t>(size.node), size.bytes);
  }
  first_free = 0;
  for (const StoredName& name : take<StoredName>("own_names")) {
    require(name.node >= first_free && name.node < nodes && is_word(name.name), "own_names");
    first_free = std::uint64_t{name.node} + 1;
    graph_.own_names.emplace_back(name.node, name.name);
  }
  for (const StoredDuplicate& text : take<StoredDuplicate>("duplicate_texts")) {
    require(text.example < nodes && is_word(text.preview), "duplicate_texts");
    graph_.duplicate_texts.push_back({.preview = text.preview,
                                      .count = text.count,
                                      .bytes = text.bytes,
                                      .wasted = text.wasted,
                                      .example = text.example,
                                      .length = text.length});
  }
  const Column<std::uint64_t> slots = take<std::uint64_t>("slots");
  require(slots.size() % 3 == 0, "slots");
  for (std::size_t i = 0; i + 3 <= slots.size(); i += 3) {
    graph_.slots.push_back({.slot_bytes = static_cast<std::uint32_t>(slots[i]),
                            .used = slots[i + 1],
                            .free = slots[i + 2]});
  }
}

void GraphReader::take_layouts() {
  const std::uint64_t nodes = graph_.kind.size();
  const Column<StoredLayout> layouts = take<StoredLayout>("layouts");
  graph_.layouts.reserve(layouts.size());
  std::uint64_t first_free = 0;
  for (const auto& [node, layout] : layouts) {
    require(node >= first_free && node < nodes, "layouts");
    first_free = std::uint64_t{node} + 1;
    graph_.layouts.emplace_back(node, layout);
  }
  const Column<StringId> fields = take<StringId>("layout_fields");
  for (const StringId name : fields) require(is_word(name), "layout_fields");
  std::uint32_t begin = 0;
  first_free = 0;
  for (const auto& [layout, end] : take<StoredFields>("layout_ends")) {
    require(layout >= first_free && end >= begin && end <= fields.size(), "layout_ends");
    if (failed()) return;
    first_free = std::uint64_t{layout} + 1;
    const auto names = fields.span().subspan(begin, end - begin);
    graph_.layout_names.emplace_back(layout, std::vector<StringId>(names.begin(), names.end()));
    begin = end;
  }
}

void GraphReader::take_report() {
  const Column<std::uint64_t> numbers = take<std::uint64_t>("report");
  const Column<std::uint64_t> totals = take<std::uint64_t>("totals");
  const auto format = file_.text("report_format");
  const auto damage = file_.text("report_damage");
  require(numbers.size() == kReportNumbers && format && damage, "report");
  require(totals.size() == 3, "totals");
  if (failed()) return;
  graph_.report = report_of(numbers.span());
  graph_.report.format = *format;
  graph_.report.first_damage = *damage;
  require(totals[0] >= 1 && totals[0] <= graph_.kind.size(), "totals");
  graph_.first_object = static_cast<std::uint32_t>(totals[0]);
  graph_.duplicate_waste = totals[1];
  graph_.duplicate_groups = totals[2];
}

void GraphReader::check_sizes() {
  const std::size_t nodes = graph_.kind.size();
  const auto full = [&](const auto& column) { return column.size() == nodes; };
  const auto full_or_empty = [&](const auto& column) { return column.empty() || full(column); };
  require(nodes < 0xffffffffU, "kind");
  require(full(graph_.flags), "flags");
  require(full(graph_.class_id), "class_id");
  require(full(graph_.shallow32), "shallow");
  require(full(graph_.extent), "extent");
  require(full_or_empty(graph_.site), "site");
  require(full_or_empty(graph_.generation), "generation");
  require(full_or_empty(graph_.content), "content");
  require(graph_.edge_begin.size() == nodes + 1, "edge_begin");
  require(graph_.edge_target.size() < 0xffffffffU, "edge_target");
  require(graph_.addresses.codes.size() + graph_.first_object == nodes, "address_codes");
}

void GraphReader::check_columns() {
  const auto nodes = static_cast<std::uint32_t>(graph_.kind.size());
  const std::uint8_t* const kind = graph_.kind.span().data();
  const std::size_t kinds = graph_.kinds.size();
  require(!any_bad(nodes, [=](std::size_t i) { return kind[i] >= kinds; }), "kind");
  require(
      all_below_or_none(graph_.class_id.span(), static_cast<std::uint32_t>(class_names_.size())),
      "class_id");
  require(all_below_or_none(graph_.site.span(), static_cast<std::uint32_t>(stored_sites_.size())),
          "site");
  const Addresses& addresses = graph_.addresses;
  const std::uint64_t* const page = addresses.page_keys.span().data();
  require(ascending(addresses.page_keys.span()) &&
              !any_bad(addresses.page_keys.size(),
                       [=](std::size_t i) { return (page[i] & kInPageMask) != 0; }),
          "page_keys");
  require(ascending(addresses.codes.span()), "address_codes");
  require(addresses.codes.empty() ||
              *(addresses.codes.end() - 1) >> kSlotBits < addresses.page_keys.size(),
          "address_codes");
  check_edges();
}

void GraphReader::check_edges() {
  const auto nodes = static_cast<std::uint32_t>(graph_.kind.size());
  const std::uint32_t* const begin = graph_.edge_begin.span().data();
  const std::uint8_t* const flags = graph_.flags.span().data();
  require(begin[0] == 0 && begin[nodes] == graph_.edge_target.size(), "edge_begin");
  const auto bad = [=](std::size_t i) {
    const std::uint32_t edges = begin[i + 1] - begin[i];
    const std::uint32_t needed = flags[i] & kHasClassEdge;
    return static_cast<std::uint32_t>(begin[i + 1] < begin[i]) |
           static_cast<std::uint32_t>(edges < needed);
  };
  require(!any_bad(nodes, bad), "edge_begin");
  require(all_below(graph_.edge_target.span(), nodes), "edge_target");
}

void GraphReader::intern_words() {
  Vocabulary& words = *graph_.words;
  strings_.reserve(word_ends_.size());
  const std::string_view text(word_text_.span().data(), word_text_.size());
  std::uint64_t begin = 0;
  for (const std::uint64_t end : word_ends_) {
    strings_.push_back(words.intern(text.substr(begin, end - begin)));
    begin = end;
  }
  classes_.reserve(class_names_.size());
  for (const StringId name : class_names_) {
    classes_.push_back(words.intern_class(words.text(translated(name))));
  }
  sites_.reserve(stored_sites_.size());
  for (const Site& site : stored_sites_) {
    sites_.push_back(words.intern_site({.file = translated(site.file),
                                        .line = site.line,
                                        .method = translated(site.method),
                                        .column = 0}));
  }
}

// Does every id translate to itself?
template <class Id>
bool is_identity(const std::vector<Id>& ids) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i].value != i) return false;
  }
  return true;
}

template <class Id>
void translate_column(Column<Id>& column, const std::vector<Id>& ids) {
  if (is_identity(ids) || column.empty()) return;
  Buffer<Id> fresh(column.size());
  for (std::size_t i = 0; i < column.size(); ++i) {
    fresh[i] = column[i].valid() ? ids[column[i].value] : column[i];
  }
  column = std::move(fresh);
}

// From the file's ids to those of the vocabulary.
void GraphReader::translate() {
  translate_column(graph_.class_id, classes_);
  translate_column(graph_.site, sites_);
  if (is_identity(strings_)) return;
  for (Kind& kind : graph_.kinds) kind.name = translated(kind.name);
  for (auto& [node, name] : graph_.own_names) name = translated(name);
  for (auto& [layout, names] : graph_.layout_names) {
    for (StringId& name : names) name = translated(name);
  }
  for (DuplicateText& text : graph_.duplicate_texts) text.preview = translated(text.preview);
}

}  // namespace

void add_graph(SectionFileWriter& file, const HeapGraph& graph) {
  file.add("kind", graph.kind);
  file.add("flags", graph.flags);
  file.add("class_id", graph.class_id);
  file.add("shallow", graph.shallow32);
  file.add("extent", graph.extent);
  file.add("site", graph.site);
  file.add("generation", graph.generation);
  file.add("edge_begin", graph.edge_begin);
  file.add("edge_target", graph.edge_target);
  file.add("content", graph.content);
  file.add("page_keys", graph.addresses.page_keys);
  file.add("address_codes", graph.addresses.codes);
  add_words(file, *graph.words);
  add_small_tables(file, graph);
  const auto numbers = report_numbers(graph.report);
  file.add("report", std::vector<std::uint64_t>(numbers.begin(), numbers.end()));
  file.add_text("report_format", graph.report.format);
  file.add_text("report_damage", graph.report.first_damage);
  file.add("totals", std::vector<std::uint64_t>{graph.first_object, graph.duplicate_waste,
                                                graph.duplicate_groups});
}

Result<HeapGraph> read_graph(const SectionFile& file, const std::shared_ptr<Vocabulary>& words,
                             unsigned threads) {
  return GraphReader(file, words, threads).run();
}

}  // namespace tidemark
