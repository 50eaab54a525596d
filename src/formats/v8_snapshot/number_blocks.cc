#include "formats/v8_snapshot/number_blocks.h"

#include <algorithm>

namespace tidemark::v8 {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;
constexpr std::size_t kLongestNumber = 64;  // with the white space around it

std::uint64_t count_commas(std::string_view text) {
  // Sixteen at a time; GCC and Clang know such vectors on every machine.
  using Bytes [[gnu::vector_size(16)]] = signed char;
  constexpr std::size_t kMostSteps = 127;  // until a byte of the tally might overflow
  std::uint64_t count = 0;
  const char* p = text.data();
  const char* const end = p + text.size();
  while (end - p >= static_cast<std::ptrdiff_t>(sizeof(Bytes))) {
    const auto steps =
        std::min<std::size_t>(kMostSteps, static_cast<std::size_t>(end - p) / sizeof(Bytes));
    Bytes tally{};
    for (std::size_t i = 0; i < steps; ++i, p += sizeof(Bytes)) {
      Bytes some;
      std::memcpy(&some, p, sizeof some);
      tally -= some == ',';  // true is -1
    }
    for (std::size_t i = 0; i < sizeof(Bytes); ++i) count += static_cast<unsigned char>(tally[i]);
  }
  return count + static_cast<std::uint64_t>(std::count(p, end, ','));
}

}  // namespace

// How much of the window is whole records.
RecordBlocks::Extent RecordBlocks::whole_records(std::string_view window) const {
  const std::size_t close = window.find(']');
  if (close != window.npos) {
    const std::string_view text = window.substr(0, close);
    const std::string_view tail = text.substr(text.rfind(',') + 1);
    const bool more = !std::ranges::all_of(tail, is_blank);
    return {.size = close, .numbers = count_commas(text) + (more ? 1 : 0), .last = true};
  }
  std::size_t end = window.rfind(',');
  if (end == window.npos) return {};
  std::uint64_t commas = count_commas(window.substr(0, end + 1));
  if (commas < width_) return {};
  for (; commas % width_ != 0; --commas) end = window.rfind(',', end - 1);
  return {.size = end + 1, .numbers = commas, .last = false};
}

bool RecordBlocks::next(RecordBlock& block) {
  const std::scoped_lock lock(mutex_);
  while (!done_) {
    const std::string_view window = cursor_.window().substr(0, kBlock);
    const Extent extent = whole_records(window);
    if (extent.size > 0 || extent.last) {
      take(block, extent);
      return true;
    }
    if (window.size() > kLongestNumber * width_) {
      done_ = true;
      return cursor_.fail_here("broken JSON: expected a list of whole numbers");
    }
    if (!cursor_.refill()) {
      done_ = true;
      return cursor_.fail_cut();
    }
  }
  return false;
}

void RecordBlocks::fail(const RecordBlock& block) {
  const std::scoped_lock lock(mutex_);
  done_ = true;
  cursor_.fail_earlier(block.offset, "broken JSON: expected a list of whole numbers");
}

void RecordBlocks::take(RecordBlock& block, const Extent& extent) {
  constexpr std::size_t kPadding = 16;
  const std::string_view text = cursor_.window().substr(0, extent.size);
  if (block.text.size() < text.size() + kPadding) {
    block.text.resize(std::max(kBlock, text.size()) + kPadding);
  }
  std::memcpy(block.text.data(), text.data(), text.size());
  std::memset(block.text.data() + text.size(), 0, kPadding);
  block.size = text.size();
  block.offset = cursor_.offset();
  block.first = numbers_ / width_;
  block.count = extent.numbers / width_;
  block.rest = extent.numbers % width_;
  numbers_ += extent.numbers;
  done_ = extent.last;
  cursor_.consume(extent.size + (extent.last ? 1 : 0));
  if (!extent.last && cursor_.window().size() < kBlock) cursor_.refill();
}

}  // namespace tidemark::v8
