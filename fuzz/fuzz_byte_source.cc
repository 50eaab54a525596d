// Reads the input as a file: plain, gzip or zstd by its first bytes. In pieces of any size it must
// give the same content and the same end, and its lines must come back whole from blocks of any
// size. What a small input may blow up to is read up to a limit only.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/hash.h"
#include "base/line_blocks.h"

namespace {

constexpr std::size_t kLimit = std::size_t{1} << 20;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz_byte_source: broken: %s\n", what);
  std::abort();
}

struct Content {
  std::string text;
  std::string error;
  bool whole = true;  // false: more than the limit
};

// Before an error, bytes whose checksum is wrong may have been given away already or not.
bool same(std::string_view a, std::string_view b, bool broken) {
  return broken ? a.starts_with(b) || b.starts_with(a) : a == b;
}

Content read_all(std::span<const char> input, std::size_t piece) {
  const auto source = tidemark::memory_source(input);
  Content content;
  std::vector<char> buffer(piece);
  while (content.text.size() < kLimit) {
    const auto got = source->read(buffer);
    if (!got) {
      content.error = got.error().message;
      require(!content.error.empty(), "an error without words");
      require(!source->read(buffer), "an error that passes");
      return content;
    }
    require(*got <= piece, "more bytes than there is room for");
    require(source->stored_position() <= input.size(), "a position behind the end");
    if (*got == 0) return content;
    content.text.append(buffer.data(), *got);
  }
  content.whole = false;
  return content;
}

void check_blocks(std::span<const char> input, const Content& content, std::uint64_t dice) {
  const auto source = tidemark::memory_source(input);
  std::vector<char> head(dice % 100);
  head.resize(source->read(head).value_or(0));
  tidemark::Monitor monitor;
  tidemark::LineLimits limits{.block_size = 1 + (dice >> 8) % 5000,
                              .longest_line = std::size_t{1} << 22};
  if ((dice >> 32) % 2 == 0) {
    limits.begins_record = [](const char* line, const char* end) {
      return line < end && *line == '{';
    };
  }
  tidemark::LineBlocks blocks(*source, std::move(head), monitor, limits);
  tidemark::LineBlock block;
  std::string text;
  while (blocks.next(block)) {
    require(block.offset == text.size(), "a block that does not follow the one before");
    require(block.bytes.size() >= block.size + tidemark::LineBlock::kPadding, "no padding");
    text.append(block.bytes.data(), block.size);
  }
  require(same(text, content.text, !content.error.empty()), "blocks that are not the content");
  require(blocks.dropped_lines() == 0, "a dropped line");
  require(blocks.failure().has_value() == !content.error.empty(), "blocks that end otherwise");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span input(reinterpret_cast<const char*>(data), size);
  const std::uint64_t dice = tidemark::stable_hash({input.data(), size});
  const Content content = read_all(input, std::size_t{1} << 16);
  if (!content.whole) return 0;
  const Content pieces = read_all(input, 1 + (dice >> 40) % 300);
  require(same(content.text, pieces.text, !content.error.empty()),
          "content that depends on the size of pieces");
  require(content.error == pieces.error, "an end that depends on the size of pieces");
  check_blocks(input, content, dice);
  return 0;
}
