// Every line that is JSON is read as simdjson reads it: random dumps, and real ones where the
// machine has them.
#include <gmock/gmock.h>
#include <simdjson.h>

#include <charconv>

#include "formats/ruby_dump/reading_for_tests.h"
#include "support/corpus.h"
#include "support/random_dump.h"

namespace tidemark::ruby {
namespace {

using simdjson::dom::element;

std::optional<std::string_view> text_in(const element& record, const char* member) {
  std::string_view text;
  if (record[member].get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<std::uint64_t> number_in(const element& record, const char* member) {
  std::uint64_t number = 0;
  if (record[member].get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::uint64_t parse_address_text(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  return value;
}

// Our texts are kept as they are written.
std::string without_escapes(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  simdjson::dom::parser parser;
  std::string_view plain;
  const std::string json = "[\"" + std::string(text) + "\"]";
  EXPECT_EQ(parser.parse(json).at(0).get(plain), simdjson::SUCCESS);
  return std::string(plain);
}

class Oracle {
 public:
  explicit Oracle(const HeapGraph& heap) : heap_(heap), seen_(heap.node_count()) {}

  void compare(std::string_view text) {
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      compare_line(text.substr(begin, end - begin));
      if (testing::Test::HasFailure()) return;
      begin = end + 1;
    }
  }
  [[nodiscard]] std::uint64_t objects() const { return objects_; }
  [[nodiscard]] std::uint64_t invalid_lines() const { return invalid_; }

 private:
  void compare_line(std::string_view line) {
    element record;
    if (line.empty()) return;
    if (parser_.parse(line.data(), line.size()).get(record) != simdjson::SUCCESS) {
      ++invalid_;
      skip_addresses(line);
      return;
    }
    const auto type = text_in(record, "type");
    if (!type || *type == "SHAPE" || *type == "NONE") return;
    if (*type == "ROOT") {
      ++root_;
      EXPECT_EQ(heap_.own_name(root_), text_in(record, "root"));
      EXPECT_THAT(heap_.edges(root_), testing::ElementsAreArray(references_in(record)));
      return;
    }
    const auto address = text_in(record, "address");
    if (!address) return;
    SCOPED_TRACE(line.substr(0, 500));
    const NodeId node = heap_.find(parse_address_text(*address));
    ASSERT_TRUE(node.valid());
    if (seen_[node.value]) return;  // the first of its address counts
    seen_[node.value] = true;
    ++objects_;
    compare_object(record, node.value, *type);
  }

  void compare_object(const element& record, std::uint32_t node, std::string_view type) {
    EXPECT_EQ(heap_.kind_name(node), type);
    const bool has_detail = type == "DATA" || type == "IMEMO";
    std::uint64_t extent = 0;
    for (const char* member : {"bytesize", "length", "size", "ivars"}) {
      extent = number_in(record, member).value_or(extent);
    }
    EXPECT_EQ(heap_.extent[node], has_detail ? 0 : extent);
    EXPECT_EQ(heap_.shallow(node), number_in(record, "memsize").value_or(0));
    EXPECT_EQ(heap_.generation_of(node), number_in(record, "generation").value_or(kNoGeneration));
    EXPECT_EQ((heap_.flags[node] & kFrozen) != 0, !record["frozen"].error());
    EXPECT_EQ((heap_.flags[node] & kSharedContent) != 0, !record["shared"].error());
    compare_site(record, node);
    compare_edges(record, node, type);
    if (type == "CLASS" || type == "MODULE") {
      if (const auto name = text_in(record, "name"); name && !name->empty()) {
        EXPECT_EQ(without_escapes(heap_.own_name(node)), *name);
      }
    }
  }

  void compare_site(const element& record, std::uint32_t node) {
    const Site site = heap_.words->site(heap_.site_of(node));
    const auto file = text_in(record, "file");
    const auto method = text_in(record, "method");
    EXPECT_EQ(site.file.valid(), file.has_value());
    EXPECT_EQ(site.method.valid(), method.has_value());
    EXPECT_EQ(without_escapes(heap_.words->text(site.file)), file.value_or(""));
    EXPECT_EQ(without_escapes(heap_.words->text(site.method)), method.value_or(""));
    if (file) {
      EXPECT_EQ(site.line, number_in(record, "line").value_or(0));
    }
  }

  void compare_edges(const element& record, std::uint32_t node, std::string_view type) {
    auto expected = references_in(record);
    const bool dangles = expected.size() != reference_count(record);
    EXPECT_EQ((heap_.flags[node] & kHasDanglingEdges) != 0, dangles);
    NodeId klass;
    if (const auto address = text_in(record, "class")) {
      klass = heap_.find(parse_address_text(*address));
    }
    if (type == "IMEMO") {
      const bool weak = text_in(record, "imemo_type") == "callcache";
      if (klass.valid() && !weak) expected.push_back(klass.value);
      klass = NodeId::none();
    }
    EXPECT_THAT(heap_.references(node), testing::ElementsAreArray(expected));
    ASSERT_EQ((heap_.flags[node] & kHasClassEdge) != 0, klass.valid());
    if (klass.valid()) {
      EXPECT_EQ(heap_.edges(node).back(), klass.value);
    }
  }

  // What is repaired may be the first of its address, and no JSON parser tells.
  void skip_addresses(std::string_view line) {
    constexpr std::string_view kMember = "\"address\":";
    for (std::size_t at = line.find(kMember); at != std::string_view::npos;
         at = line.find(kMember, at + 1)) {
      const std::size_t digits = line.find("0x", at);
      if (digits == std::string_view::npos) return;
      const NodeId node = heap_.find(parse_address_text(line.substr(digits)));
      if (node.valid()) seen_[node.value] = true;
    }
  }

  static std::size_t reference_count(const element& record) {
    simdjson::dom::array list;
    return record["references"].get(list) == simdjson::SUCCESS ? list.size() : 0;
  }

  std::vector<std::uint32_t> references_in(const element& record) {
    std::vector<std::uint32_t> nodes;
    simdjson::dom::array list;
    if (record["references"].get(list) != simdjson::SUCCESS) return nodes;
    for (const element reference : list) {
      const NodeId node = heap_.find(parse_address_text(reference.get_string().value()));
      if (node.valid()) nodes.push_back(node.value);
    }
    return nodes;
  }

  const HeapGraph& heap_;
  std::vector<bool> seen_;
  simdjson::dom::parser parser_;
  std::uint32_t root_ = 0;
  std::uint64_t objects_ = 0;
  std::uint64_t invalid_ = 0;
};

TEST(SimdjsonOracle, RandomDumpsAreReadAlike) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const DumpStyle style = {.crlf = seed % 5 == 0,
                             .tight = seed % 3 == 0,
                             .loose = seed % 4 == 0,
                             .shuffle = seed % 2 == 0 ? seed : 0};
    const std::string text = random_dump(seed, 300, style);
    const HeapGraph heap = read_dump(text);
    Oracle oracle(heap);
    oracle.compare(text);
    EXPECT_GT(oracle.objects(), 200U);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

std::string content_of(const std::string& path) {
  auto source = open_source(path);
  if (!source) return {};
  std::string text;
  constexpr std::size_t kPiece = std::size_t{1} << 24;
  for (;;) {
    const std::size_t size = text.size();
    text.resize(size + kPiece);
    const std::size_t got = (*source)->read(std::span(text).subspan(size)).value_or(0);
    text.erase(size + got);
    if (got == 0) return text;
  }
}

TEST(SimdjsonOracle, RealDumpsAreReadAlike) {
  std::vector<std::string> files = corpus_files("formats");
  if (files.empty()) GTEST_SKIP() << "no corpus";
  for (const char* large : {"redmine-traced/d1.json.zst", "redmine-untraced/u1.json.zst"}) {
    files.push_back(corpus_file(large));
  }
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const std::string text = content_of(file);
    const HeapGraph heap = read_dump(text);
    Oracle oracle(heap);
    oracle.compare(text);
    ASSERT_FALSE(HasFailure());
    // What is no JSON is repaired; a record that a newline splits is two lines of text.
    EXPECT_EQ(heap.report.damaged_lines, 0U);
    EXPECT_LE(heap.report.repaired_lines, oracle.invalid_lines());
    EXPECT_GE(heap.report.repaired_lines + 1, oracle.invalid_lines());
    EXPECT_EQ(heap.object_count(), oracle.objects() + heap.report.repaired_lines);
  }
}

}  // namespace
}  // namespace tidemark::ruby
