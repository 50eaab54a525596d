// The container of an index file: named sections of plain values, each with a checksum.
// docs/index-file.md shows the bytes.
//
// Nothing in a SectionFile is trusted until verify() has said yes; then every byte of every section
// is what was written. Whether the values make sense is for their readers to check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/column.h"
#include "base/monitor.h"
#include "base/result.h"

namespace tidemark {

// Raised with every change of what a section means.
inline constexpr std::uint32_t kIndexVersion = 1;
inline constexpr std::size_t kSectionAlignment = 64;
inline constexpr std::size_t kLongestSectionName = 31;

// Values that look the same in memory and in the file: no padding, no pointers.
template <class T>
concept PlainValue = std::is_trivially_copyable_v<T> &&
                     std::has_unique_object_representations_v<T> && alignof(T) <= kSectionAlignment;

// A list of sections to write. Holds shares of the columns, so what they came from may go away or
// be used by others meanwhile. Not thread-safe.
class SectionFileWriter {
 public:
  template <PlainValue T>
  void add(std::string_view name, Column<T> values) {
    auto owner = std::make_shared<const Column<T>>(std::move(values));
    const auto bytes = std::as_bytes(owner->span());
    sections_.push_back(
        {.name = std::string(name), .element_bytes = sizeof(T), .bytes = bytes, .owner = owner});
  }
  template <PlainValue T>
  void add(std::string_view name, std::vector<T> values) {
    add(name, Column<T>(std::move(values)));
  }
  void add_text(std::string_view name, std::string_view text) {
    add(name, std::vector<char>(text.begin(), text.end()));
  }

  [[nodiscard]] std::uint64_t file_bytes() const;

  // Makes the file, readable by the user alone; it must not exist. Reads each section once, on
  // the calling thread. On an error the file is gone again. Errors: kIo, kCancelled, kUnsupported
  // (big-endian machines).
  [[nodiscard]] Result<void> write(const std::string& path, const Monitor& monitor) const;

 private:
  struct Section {
    std::string name;
    std::uint32_t element_bytes;
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
  };
  Result<void> write_sections(int descriptor, const Monitor& monitor) const;
  std::vector<Section> sections_;
};

// Plain data once it is open: any number of threads may read it. Columns keep the file mapped.
class SectionFile {
 public:
  // Looks at the header and the table of sections only. Errors: kIo (see MappedFile::open_own),
  // kDamaged (also: written by another version, or on another kind of machine).
  static Result<SectionFile> open(const std::string& path);
  // The same over bytes in memory, aligned as kSectionAlignment says.
  static Result<SectionFile> from_bytes(std::span<const std::byte> bytes,
                                        std::shared_ptr<const void> owner);

  // Compares every section with its checksum. Errors: kDamaged.
  [[nodiscard]] Result<void> verify(unsigned threads) const;

  // Nothing when there is no such section or its values have another size.
  template <PlainValue T>
  [[nodiscard]] std::optional<Column<T>> column(std::string_view name) const {
    const Section* section = find(name, sizeof(T));
    if (section == nullptr) return std::nullopt;
    const auto* first = reinterpret_cast<const T*>(section->bytes.data());
    return Column<T>(std::span(first, section->bytes.size() / sizeof(T)), owner_);
  }
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;

  [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_; }

 private:
  struct Section {
    std::string name;
    std::uint32_t element_bytes = 0;
    std::uint64_t checksum = 0;
    std::span<const std::byte> bytes;
  };
  [[nodiscard]] const Section* find(std::string_view name, std::size_t element_bytes) const;

  std::vector<Section> sections_;
  std::shared_ptr<const void> owner_;
  std::uint64_t file_bytes_ = 0;
};

}  // namespace tidemark
