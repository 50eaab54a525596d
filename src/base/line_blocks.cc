#include "base/line_blocks.h"

#include <algorithm>
#include <cstring>

namespace tidemark {

LineBlocks::LineBlocks(ByteSource& source, std::vector<char> head, Monitor& monitor,
                       LineLimits limits)
    : source_(source),
      monitor_(monitor),
      limits_(limits),
      carry_(std::move(head)),
      position_(carry_.size()) {}

bool LineBlocks::next(LineBlock& block) {
  const std::scoped_lock lock(mutex_);
  while (!finished_ || !carry_.empty()) {
    if (monitor_.cancelled()) return false;
    if (fill_until_newline(block)) {
      block.sequence = sequence_++;
      return true;
    }
  }
  return false;
}

// How many of these bytes to hand out, 0 when no record ends among them.
std::size_t LineBlocks::whole_records(const char* begin, std::size_t size) const {
  const auto end_of_line = [&](std::size_t limit) -> std::size_t {
    const auto* newline = static_cast<const char*>(memrchr(begin, '\n', limit));
    return newline == nullptr ? 0 : static_cast<std::size_t>(newline + 1 - begin);
  };
  const std::size_t last = end_of_line(size);
  if (limits_.begins_record == nullptr) return last;
  for (std::size_t end = last; end > 0; end = end_of_line(end - 1)) {
    if (limits_.begins_record(begin + end, begin + size)) return end;
  }
  // Lines without a record for so long are no split record: what holds them is damaged.
  constexpr std::size_t kFar = std::size_t{1} << 16;
  return size >= kFar ? last : 0;
}

// One round: carry plus one read. False when the round gave no whole line.
bool LineBlocks::fill_until_newline(LineBlock& block) {
  const std::size_t held = carry_.size();
  // Twice what is held: a line of any length costs a copy or two a byte, not one for each block.
  const std::size_t wanted = std::max(limits_.block_size, held);
  const std::size_t room = held + wanted + LineBlock::kPadding;
  if (block.bytes.size() < room) block.bytes.resize(room);
  if (held > 0) std::memcpy(block.bytes.data(), carry_.data(), held);
  block.offset = position_ - held;
  carry_.clear();
  std::size_t size = held;
  if (!finished_) {
    auto got = source_.read(std::span(block.bytes).subspan(held, wanted));
    if (!got) {
      failure_ = got.error();
      failure_->offset = position_;
      finished_ = true;
    } else {
      finished_ = *got == 0;
      position_ += *got;
      size += *got;
    }
    monitor_.advance(source_.stored_position());
  }
  const char* begin = block.bytes.data();
  if (dropping_) {
    const auto* newline = static_cast<const char*>(std::memchr(begin, '\n', size));
    if (newline == nullptr) return false;
    dropping_ = false;
    carry_.assign(newline + 1, begin + size);
    return false;
  }
  if (size == 0) return false;
  if (!finished_) {
    const std::size_t whole = whole_records(begin, size);
    if (whole == 0 && size > limits_.longest_line) {
      dropping_ = true;
      if (dropped_lines_++ == 0) first_dropped_ = block.offset;
      return false;
    }
    carry_.assign(begin + whole, begin + size);
    size = whole;
  }
  block.size = size;
  std::fill_n(block.bytes.begin() + static_cast<std::ptrdiff_t>(size), LineBlock::kPadding, '\0');
  return size > 0;
}

}  // namespace tidemark
