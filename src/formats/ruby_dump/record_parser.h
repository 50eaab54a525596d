// Parses blocks of lines of a Ruby heap dump into segments.
//
// One pass over the bytes, no allocation for a line. Members are taken in any order and with any
// white space; the order and spacing that MRI writes is the fast path. Ruby writes some values
// without escaping them (paths, class names, struct names; in 3.0 and 3.1 method names with stale
// bytes): such a value ends at the quote that a known member follows. A line that stays broken
// is searched for a whole record inside it, then counted as damaged.
#pragma once

#include <tsl/robin_set.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/line_blocks.h"
#include "formats/ruby_dump/page_dictionary.h"
#include "formats/ruby_dump/repair.h"
#include "formats/ruby_dump/segment.h"

namespace tidemark::ruby {

struct ParseOptions {
  bool references = true;
  bool texts = false;       // hashes of string contents
  bool previews = false;    // and the text of those that occur more than once
  bool every_line = false;  // free slots and shapes are objects too
};

// Which text hashes were seen before, by any thread; may say "seen" for a few that were not.
class SeenTexts {
 public:
  SeenTexts() : words_(std::make_unique<std::array<std::atomic<std::uint64_t>, kWords>>()) {}
  bool seen_before(std::uint64_t hash) {
    const std::uint64_t bit = std::uint64_t{1} << (hash & 63);
    auto& word = (*words_)[(hash >> 6) & (kWords - 1)];
    if ((word.load(std::memory_order_relaxed) & bit) != 0) return true;
    return (word.fetch_or(bit, std::memory_order_relaxed) & bit) != 0;
  }

 private:
  static constexpr std::size_t kWords = std::size_t{1} << 19;  // 4 MB, 33 M bits
  std::unique_ptr<std::array<std::atomic<std::uint64_t>, kWords>> words_;
};

// What the parsers of one stream share. Thread-safe.
struct ParseContext {
  ParseContext(Vocabulary& vocabulary, ParseOptions wanted) : words(vocabulary), options(wanted) {
    if (options.previews) seen_texts = std::make_unique<SeenTexts>();
  }
  Vocabulary& words;
  ParseOptions options;
  PageDictionary pages;
  std::unique_ptr<SeenTexts> seen_texts;
};

// Used by one thread.
class RecordParser {
 public:
  explicit RecordParser(ParseContext& context);
  ~RecordParser();
  RecordParser(const RecordParser&) = delete;
  RecordParser& operator=(const RecordParser&) = delete;

  // The segments of one block, in order; at least one.
  std::vector<Segment> parse(const LineBlock& block);

 private:
  struct Record;
  enum class Step : std::uint8_t { kNext, kBroken };

  const char* parse_line(const char* p, const char* end);
  bool parse_members(const char*& p, const char* end, Record& record);
  bool rejoin(const char*& p, const char* line, const char* end, Record& record);
  Step parse_member(const char*& p, const char* end, Record& record);
  Step parse_identity(const char*& p, const char* end, Record& record);
  Step parse_content(const char*& p, const char* end, Record& record);
  Step parse_naming(const char*& p, const char* end, Record& record);
  Step parse_tracing(const char*& p, const char* end, Record& record);
  Step skip_member(const char*& p, const char* end);
  Step skip_flags(const char*& p, const char* end);
  Step parse_references(const char*& p, const char* end, Record& record);
  Step parse_raw_text(const char*& p, const char* end, std::string_view& text, Record& record);
  Step parse_flag(const char*& p, const char* end, NodeFlag flag, Record& record);

  bool accept(Record& record);
  void add_object(Record& record);
  void add_text(const Record& record, std::uint32_t row);
  void add_root(const Record& record);
  void add_shape(const Record& record);
  void count_damage(const char* line, const char* why);
  SiteId site_of(const Record& record);
  void finish_segment();

  struct SiteEntry {
    std::uint64_t hash = 0;
    SiteId site;
  };

  ParseContext& context_;
  PageCache pages_;
  Repair repair_;
  const char* rejoin_tried_ = nullptr;  // the newline at which the last attempt began
  std::vector<SiteEntry> sites_;
  tsl::robin_set<std::uint64_t> previewed_;
  Segment segment_;  // scratch, reused from block to block
  std::vector<Segment> finished_;
  const char* block_begin_ = nullptr;
  std::uint64_t block_offset_ = 0;
};

}  // namespace tidemark::ruby
