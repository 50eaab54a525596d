// Texts by number, in the order in which they were added. Nothing is looked up by text: where words
// are to be compared across heaps, they belong in a Vocabulary.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace tidemark {

// The text and 16 bytes each. Any number of threads may read a table that nobody adds to.
class TextTable {
 public:
  void add(std::string_view text) {
    if (text.size() > room_) {
      constexpr std::size_t kBlock = std::size_t{1} << 20;
      room_ = std::max(kBlock, text.size());
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(room_));
      next_ = blocks_.back().get();
    }
    if (!text.empty()) std::memcpy(next_, text.data(), text.size());
    texts_.emplace_back(next_, text.size());
    next_ += text.size();
    room_ -= text.size();
  }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }
  // What is not there, as when the file was cut, reads "(lost)".
  [[nodiscard]] std::string_view operator[](std::size_t number) const {
    return number < texts_.size() ? texts_[number] : std::string_view("(lost)");
  }

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t room_ = 0;  // left in the last block
  char* next_ = nullptr;
  std::vector<std::string_view> texts_;
};

}  // namespace tidemark
