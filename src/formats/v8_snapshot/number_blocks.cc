#include "formats/v8_snapshot/number_blocks.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/threads.h"

namespace tidemark::v8 {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;
constexpr std::size_t kLongestNumber = 64;  // with the white space around it

struct Block {
  std::vector<char> text;
  std::size_t size = 0;
  std::uint64_t first = 0;   // position of its first number
  std::uint64_t count = 0;   // numbers
  std::uint64_t offset = 0;  // in the input
};

std::uint64_t count_commas(const char* text, std::size_t size) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < size;) {
    // In steps that cannot overflow a byte, so that the compiler may count in vectors of bytes.
    const std::size_t end = std::min(size, i + 255);
    std::uint8_t some = 0;
    for (; i < end; ++i) some = static_cast<std::uint8_t>(some + (text[i] == ',' ? 1 : 0));
    count += some;
  }
  return count;
}

class Blocks {
 public:
  explicit Blocks(JsonCursor& cursor) : cursor_(cursor) {}

  bool next(Block& block) {
    const std::scoped_lock lock(mutex_);
    while (!done_) {
      const std::string_view window = cursor_.window().substr(0, kBlock);
      const std::size_t close = window.find(']');
      const std::size_t size = close != window.npos ? close : window.rfind(',') + 1;
      if (size > 0 || close != window.npos) return take(block, window, size, close != window.npos);
      if (window.size() > kLongestNumber) {
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
  void fail(std::uint64_t offset) {
    const std::scoped_lock lock(mutex_);
    done_ = true;
    cursor_.fail_at(offset, "broken JSON: expected a list of whole numbers");
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  bool take(Block& block, std::string_view window, std::size_t size, bool last) {
    constexpr std::size_t kPadding = 8;
    if (block.text.size() < size + kPadding) block.text.resize(size + kPadding);
    std::memcpy(block.text.data(), window.data(), size);
    std::memset(block.text.data() + size, 0, kPadding);
    block.size = size;
    block.offset = cursor_.offset();
    block.first = count_;
    block.count = count_commas(block.text.data(), size);
    if (last) {
      const std::string_view text(block.text.data(), size);
      const std::string_view tail = text.substr(text.rfind(',') + 1);
      if (!std::ranges::all_of(tail, is_blank)) ++block.count;
      done_ = true;
    }
    count_ += block.count;
    cursor_.consume(size + (last ? 1 : 0));
    if (!last && cursor_.window().size() < kBlock) cursor_.refill();
    return true;
  }

  std::mutex mutex_;
  JsonCursor& cursor_;
  std::uint64_t count_ = 0;
  bool done_ = false;
};

// False where the text is anything but the numbers and commas that it should be; `sound` are then
// those before.
bool parse(const Block& block, Numbers& numbers) {
  numbers.first = block.first;
  numbers.large.clear();
  numbers.values.resize(block.count);
  std::uint32_t* out = numbers.values.data();
  const char* p = block.text.data();
  const char* const end = p + block.size;
  for (std::uint64_t i = 0; i < block.count; ++i) {
    while (is_blank(*p)) ++p;
    std::uint64_t value = static_cast<unsigned char>(*p) - '0';
    if (value > 9) return numbers.values.resize(i), false;
    const char* const digits = p++;
    for (std::uint64_t digit = 0;
         (digit = static_cast<unsigned char>(*p) - std::uint64_t{'0'}) <= 9; ++p) {
      value = value * 10 + digit;
    }
    if (p - digits > 19) return numbers.values.resize(i), false;
    if (value >= 0xffffffffU) [[unlikely]] {
      numbers.large.emplace_back(static_cast<std::uint32_t>(i), value);
      value = 0xffffffffU;
    }
    out[i] = static_cast<std::uint32_t>(value);
    while (is_blank(*p)) ++p;
    if (p < end && *p++ != ',') return numbers.values.resize(i + 1), false;
  }
  while (p < end && is_blank(*p)) ++p;
  return p >= end;
}

}  // namespace

bool read_numbers(JsonCursor& cursor, unsigned threads, std::uint64_t& count,
                  const std::function<void(const Numbers&)>& take) {
  count = 0;
  if (!cursor.expect('[')) return false;
  Blocks blocks(cursor);
  std::atomic<bool> sound{true};
  const auto work = [&](unsigned, std::size_t, std::size_t) {
    Block block;
    Numbers numbers;
    while (blocks.next(block)) {
      const bool whole = parse(block, numbers);
      if (!numbers.values.empty()) take(numbers);
      if (whole) continue;
      sound = false;
      blocks.fail(block.offset);
    }
  };
  constexpr std::size_t kAlwaysParallel = std::size_t{1} << 20;
  parallel_slices(threads, kAlwaysParallel, work);
  count = blocks.count();
  return sound && !cursor.error() && !cursor.cancelled();
}

}  // namespace tidemark::v8
