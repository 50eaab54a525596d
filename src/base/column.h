// A column of plain values that either owns its memory or views somebody else's (an index file
// mapped into memory). Readers see one span; only the owner may change it.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tidemark {

template <class T>
class Column {
 public:
  Column() = default;
  Column(std::vector<T> values)  // NOLINT(google-explicit-constructor): a vector is a column
      : owned_(std::move(values)), view_(owned_) {}
  Column(Column&& other) noexcept { *this = std::move(other); }
  Column& operator=(Column&& other) noexcept {
    const bool owns = !other.owned_.empty();
    const std::span<const T> view = other.view_;
    owned_ = std::move(other.owned_);
    view_ = owns ? std::span<const T>(owned_) : view;
    other.owned_ = {};
    other.view_ = {};
    return *this;
  }
  Column(const Column&) = delete;
  Column& operator=(const Column&) = delete;
  ~Column() = default;

  static Column viewing(std::span<const T> values) {
    Column column;
    column.view_ = values;
    return column;
  }

  [[nodiscard]] std::size_t size() const { return view_.size(); }
  [[nodiscard]] bool empty() const { return view_.empty(); }
  const T& operator[](std::size_t i) const { return view_[i]; }
  [[nodiscard]] std::span<const T> span() const { return view_; }
  [[nodiscard]] auto begin() const { return view_.begin(); }
  [[nodiscard]] auto end() const { return view_.end(); }

  void release() {
    owned_ = {};
    view_ = {};
  }

 private:
  std::vector<T> owned_;
  std::span<const T> view_;
};

}  // namespace tidemark
