#include "formats/ruby_dump/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/line_blocks.h"
#include "base/threads.h"
#include "base/units.h"
#include "formats/ruby_dump/assemble.h"
#include "formats/ruby_dump/record_parser.h"

namespace tidemark::ruby {
namespace {

constexpr std::size_t kLongestLine = std::size_t{1} << 30;
constexpr const char* kTooLong = "a line is longer than 1 GiB";

// Parsed blocks arrive in any order; they are put in file order at the end.
struct ParsedBlock {
  std::uint32_t sequence;
  std::vector<Segment> segments;
};

std::vector<Segment> parse_all(LineBlocks& blocks, ParseContext& context, unsigned threads) {
  std::mutex mutex;
  std::vector<ParsedBlock> parsed;
  const auto work = [&](unsigned, std::size_t, std::size_t) {
    RecordParser parser(context);
    LineBlock block;
    while (blocks.next(block)) {
      std::vector<Segment> segments = parser.parse(block);
      const std::scoped_lock lock(mutex);
      parsed.push_back({.sequence = block.sequence, .segments = std::move(segments)});
    }
  };
  constexpr std::size_t kAlwaysParallel = std::size_t{1} << 20;
  parallel_slices(threads, kAlwaysParallel, work);
  std::ranges::sort(parsed, {}, &ParsedBlock::sequence);
  std::vector<Segment> segments;
  for (ParsedBlock& block : parsed) {
    std::ranges::move(block.segments, std::back_inserter(segments));
  }
  return segments;
}

// A dump begins with its roots. Roots behind objects begin the next one, unless this dump has
// had none yet: then its lines were shuffled, and they are its own.
std::vector<std::vector<Segment>> split_dumps(std::vector<Segment> segments) {
  std::vector<std::vector<Segment>> dumps(1);
  bool has_roots = false;
  bool objects_since_root = false;
  for (Segment& segment : segments) {
    if (segment.begins_with_root && has_roots && objects_since_root) {
      dumps.emplace_back();
      has_roots = false;
    }
    if (!segment.roots.empty()) {
      has_roots = true;
      objects_since_root = false;
    }
    if (!segment.rows.empty()) objects_since_root = true;
    dumps.back().push_back(std::move(segment));
  }
  return dumps;
}

Error damaged(const std::string& name, std::uint64_t offset, const std::string& why) {
  return {.code = ErrorCode::kDamaged,
          .message = why,
          .file = name,
          .offset = offset,
          .hint = "without --strict, damaged lines are left out and counted"};
}

}  // namespace

struct Stream::State {
  State(std::shared_ptr<Vocabulary> vocabulary, const ReadOptions& wanted)
      : words(std::move(vocabulary)),
        options(wanted),
        context(*words, {.references = wanted.references,
                         .texts = wanted.content || wanted.duplicates,
                         .previews = wanted.duplicates,
                         .every_line = wanted.every_line}) {}
  std::shared_ptr<Vocabulary> words;
  ReadOptions options;
  ParseContext context;
  std::vector<std::vector<Segment>> dumps;
  SourceInfo info;
  std::uint64_t content_bytes = 0;
  std::uint64_t dropped_lines = 0;
  std::uint64_t first_dropped_offset = 0;
  std::optional<Error> early_end;  // compressed data or a device that broke off
};

Stream::Stream(std::unique_ptr<State> state) : state_(std::move(state)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

std::size_t Stream::size() const { return state_->dumps.size(); }

namespace {

// Which of the names that a record has are members of an object itself, not words somewhere in it.
struct MemberNames {
  bool type = false;
  bool address = false;
  bool root = false;
  bool shape = false;
};

MemberNames members_of(std::string_view object) {
  MemberNames found;
  int depth = 0;
  bool name_next = false;
  for (std::size_t at = 0; at < object.size(); ++at) {
    const char c = object[at];
    if (c == '{' || c == '[') {
      ++depth;
      name_next = c == '{' && depth == 1;
    } else if (c == '}' || c == ']') {
      if (--depth <= 0) break;
    } else if (c == ',') {
      name_next = depth == 1;
    } else if (c == '"') {
      const std::size_t begin = at + 1;
      for (++at; at < object.size() && object[at] != '"'; ++at) at += object[at] == '\\' ? 1 : 0;
      if (!std::exchange(name_next, false) || at > object.size()) continue;
      const std::string_view name = object.substr(begin, at - begin);
      found.type = found.type || name == "type";
      found.address = found.address || name == "address";
      found.root = found.root || name == "root";
      found.shape = found.shape || name == "shape_type";
    } else if (depth == 0 && c != ' ' && c != '\t') {
      break;  // no object
    }
  }
  return found;
}

}  // namespace

bool looks_like_dump(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  const std::string_view line = head.substr(start, head.find('\n', start) - start);
  const MemberNames names = members_of(line);
  if (names.type && (names.address || names.root || names.shape)) return true;
  // The first line may be cut, or not belong to the dump: then only Ruby's own spelling counts.
  for (std::size_t at = head.find("\n{"); at != std::string_view::npos;
       at = head.find("\n{", at + 1)) {
    const std::string_view later = head.substr(at + 1, head.find('\n', at + 1) - at - 1);
    if (record_at(later.data(), later.data() + later.size()) && later.contains("\"type\":\"")) {
      return true;
    }
  }
  return false;
}

Result<Stream> Stream::read(ByteSource& source, std::vector<char> head, const ReadOptions& options,
                            std::shared_ptr<Vocabulary> words, Monitor& monitor) {
  auto state = std::make_unique<State>(std::move(words), options);
  state->info = source.info();
  monitor.begin_phase("reading", source.info().stored_bytes);
  LineBlocks blocks(
      source, std::move(head), monitor,
      {.block_size = options.block_size, .longest_line = kLongestLine, .begins_record = record_at});
  std::vector<Segment> segments = parse_all(blocks, state->context, options.threads);
  if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "stopped while reading");
  state->early_end = blocks.failure();
  state->content_bytes = blocks.bytes_read();
  state->dropped_lines = blocks.dropped_lines();
  state->first_dropped_offset = blocks.first_dropped_offset();
  if (state->early_end && (options.strict || state->early_end->code == ErrorCode::kIo)) {
    return std::unexpected(*state->early_end);
  }
  if (options.strict) {
    const auto broken = std::ranges::find_if(
        segments, [](const Segment& segment) { return segment.damaged_lines > 0; });
    const bool dropped_first =
        state->dropped_lines > 0 &&
        (broken == segments.end() || state->first_dropped_offset < broken->first_damaged_offset);
    if (dropped_first) {
      return std::unexpected(damaged(state->info.name, state->first_dropped_offset, kTooLong));
    }
    if (broken != segments.end()) {
      return std::unexpected(
          damaged(state->info.name, broken->first_damaged_offset, broken->first_damage));
    }
  }
  std::uint64_t unnumbered = 0;
  for (const Segment& segment : segments) unnumbered += segment.unnumbered_objects;
  if (unnumbered > 0) {
    return std::unexpected(
        Error{.code = ErrorCode::kTooLarge,
              .message =
                  fmt::format("objects lie on more than {} pages of 64 kB, which is more heap than "
                              "32-bit ids can number",
                              format_count(kMaxPages)),
              .file = state->info.name,
              .offset = {},
              .hint = {}});
  }
  state->dumps = split_dumps(std::move(segments));
  return Stream(std::move(state));
}

Result<HeapGraph> Stream::take(std::size_t index, Monitor& monitor) {
  const State& state = *state_;
  monitor.begin_phase("linking", 0);
  auto graph = assemble(std::move(state_->dumps[index]), state.context.pages, state.words,
                        {.content = state.options.content,
                         .duplicates = state.options.duplicates,
                         .name_holders = state.options.name_holders && state.options.references,
                         .threads = state.options.threads},
                        monitor);
  if (!graph) {
    graph.error().file = state.info.name;
    return graph;
  }
  ReadReport& report = graph->report;
  report.format = "Ruby heap dump";
  report.content_bytes = state.content_bytes;
  report.dumps_in_stream = static_cast<std::uint32_t>(state.dumps.size());
  report.dump_in_stream = static_cast<std::uint32_t>(index);
  report.time_ns = state.info.modified_ns;
  if (index + 1 == state.dumps.size()) {
    if (report.damaged_lines == 0 && state.dropped_lines > 0) {
      report.first_damaged_offset = state.first_dropped_offset;
      report.first_damage = kTooLong;
    }
    report.lines += state.dropped_lines;
    report.damaged_lines += state.dropped_lines;
    if (state.early_end) {
      if (report.damaged_lines == 0) {
        report.first_damaged_offset = state.early_end->offset.value_or(0);
        report.first_damage = state.early_end->message;
      }
      ++report.damaged_lines;
    }
  }
  return graph;
}

}  // namespace tidemark::ruby
