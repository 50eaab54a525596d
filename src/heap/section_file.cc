// A section's checksum is the hash of the hashes of its blocks, so that the blocks of all sections
// can be checked by several threads in any order.
#include "heap/section_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/hash.h"
#include "base/mapped_file.h"
#include "base/threads.h"

namespace tidemark {
namespace {

constexpr std::array<char, 16> kMagic = {'t', 'i', 'd', 'e', 'm', 'a', 'r', 'k',
                                         '-', 'i', 'n', 'd', 'e', 'x', '\n'};
constexpr std::size_t kBlockBytes = std::size_t{1} << 18;
constexpr std::uint32_t kMaxSections = 256;
constexpr bool kLittleEndian = std::endian::native == std::endian::little;

struct Header {
  std::array<char, 16> magic;
  std::uint32_t version;
  std::uint32_t section_count;
  std::uint64_t file_bytes;
  std::uint64_t checksum;  // of what stands before it, and of the table
  std::array<std::uint64_t, 3> zero;
};
static_assert(sizeof(Header) == 64);
constexpr std::size_t kCheckedHeaderBytes = 32;

struct TableEntry {
  std::array<char, kLongestSectionName + 1> name;  // filled up with zeros
  std::uint32_t element_bytes;
  std::uint32_t zero;
  std::uint64_t count;
  std::uint64_t offset;
  std::uint64_t checksum;
};
static_assert(sizeof(TableEntry) == 64);

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment;
}

std::uint64_t header_checksum(const Header& header, std::span<const TableEntry> table) {
  const auto bytes = std::as_bytes(std::span(&header, 1)).first(kCheckedHeaderBytes);
  return combine(stable_hash(as_text(bytes)), stable_hash(as_text(std::as_bytes(table))));
}

std::uint64_t checksum_of(std::span<const std::uint64_t> block_hashes) {
  return stable_hash(as_text(std::as_bytes(block_hashes)));
}

std::unexpected<Error> write_failed(int number) {
  return fail(ErrorCode::kIo,
              "cannot write: " + std::error_code(number, std::generic_category()).message());
}

Result<void> write_at(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t done = pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return write_failed(done < 0 ? errno : ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
  }
  return {};
}

// Writes one section and returns its checksum.
Result<std::uint64_t> write_section(int descriptor, std::span<const std::byte> bytes,
                                    std::uint64_t offset, const Monitor& monitor) {
  std::vector<std::uint64_t> hashes;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(kBlockBytes, bytes.size()))) {
    if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "stopped");
    const auto block = bytes.first(std::min(kBlockBytes, bytes.size()));
    hashes.push_back(stable_hash(as_text(block)));
    if (auto written = write_at(descriptor, block, offset); !written) {
      return std::unexpected(written.error());
    }
    offset += block.size();
  }
  return checksum_of(hashes);
}

}  // namespace

std::uint64_t SectionFileWriter::file_bytes() const {
  std::uint64_t end = sizeof(Header) + sections_.size() * sizeof(TableEntry);
  for (const Section& section : sections_) end = aligned(end) + section.bytes.size();
  return end;
}

Result<void> SectionFileWriter::write_sections(int descriptor, const Monitor& monitor) const {
  assert(sections_.size() <= kMaxSections);
  std::vector<TableEntry> table;
  std::uint64_t end = sizeof(Header) + sections_.size() * sizeof(TableEntry);
  for (const Section& section : sections_) {
    assert(section.name.size() <= kLongestSectionName);
    const std::uint64_t offset = aligned(end);
    auto checksum = write_section(descriptor, section.bytes, offset, monitor);
    if (!checksum) return std::unexpected(checksum.error());
    TableEntry& entry = table.emplace_back();
    std::ranges::copy(section.name, entry.name.begin());
    entry.element_bytes = section.element_bytes;
    entry.count = section.bytes.size() / section.element_bytes;
    entry.offset = offset;
    entry.checksum = *checksum;
    end = offset + section.bytes.size();
  }
  // An empty section at the end may lie behind the last byte written.
  if (ftruncate(descriptor, static_cast<off_t>(end)) != 0) return write_failed(errno);
  Header header{.magic = kMagic,
                .version = kIndexVersion,
                .section_count = static_cast<std::uint32_t>(table.size()),
                .file_bytes = end,
                .checksum = 0,
                .zero = {}};
  header.checksum = header_checksum(header, table);
  // The header comes last: without it, nothing is an index.
  auto written = write_at(descriptor, std::as_bytes(std::span(table)), sizeof(Header));
  if (!written) return written;
  return write_at(descriptor, std::as_bytes(std::span(&header, 1)), 0);
}

Result<void> SectionFileWriter::write(const std::string& path, const Monitor& monitor) const {
  if constexpr (!kLittleEndian) return fail(ErrorCode::kUnsupported, "big-endian machine");
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  const int descriptor = ::open(path.c_str(), flags, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return write_failed(errno);
  auto written = write_sections(descriptor, monitor);
  if (close(descriptor) != 0 && written) written = write_failed(errno);
  if (!written) unlink(path.c_str());
  return written;
}

Result<SectionFile> SectionFile::open(const std::string& path) {
  auto file = MappedFile::open_own(path);
  if (!file) return std::unexpected(file.error());
  const auto bytes = (*file)->bytes();
  return from_bytes(bytes, std::move(*file));
}

Result<SectionFile> SectionFile::from_bytes(std::span<const std::byte> bytes,
                                            std::shared_ptr<const void> owner) {
  const auto damaged = [](const char* what) { return fail(ErrorCode::kDamaged, what); };
  Header header{};
  if (!kLittleEndian || bytes.size() < sizeof(header)) return damaged("too short for an index");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != kMagic) return damaged("not an index");
  if (header.version != kIndexVersion) return damaged("an index of another version");
  if (header.file_bytes != bytes.size()) return damaged("an index of another length");
  const std::uint64_t behind_table = sizeof(header) + header.section_count * sizeof(TableEntry);
  if (header.section_count > kMaxSections || behind_table > bytes.size()) {
    return damaged("too many sections");
  }
  std::vector<TableEntry> table(header.section_count);
  const auto table_bytes = bytes.first(behind_table).subspan(sizeof(header));
  if (!table.empty()) std::memcpy(table.data(), table_bytes.data(), table_bytes.size());
  if (header.checksum != header_checksum(header, table)) return damaged("a damaged header");

  SectionFile file;
  std::uint64_t end = behind_table;
  for (const TableEntry& entry : table) {
    const bool in_order = entry.offset >= end && entry.offset <= bytes.size() &&
                          entry.offset % kSectionAlignment == 0;
    if (!in_order || entry.name.back() != '\0' || entry.element_bytes == 0 ||
        entry.count > (bytes.size() - entry.offset) / entry.element_bytes) {
      return damaged("a section out of place");
    }
    const std::uint64_t length = entry.count * entry.element_bytes;
    file.sections_.push_back({.name = entry.name.data(),
                              .element_bytes = entry.element_bytes,
                              .checksum = entry.checksum,
                              .bytes = bytes.subspan(entry.offset, length)});
    end = entry.offset + length;
  }
  file.owner_ = std::move(owner);
  file.file_bytes_ = bytes.size();
  return file;
}

Result<void> SectionFile::verify(unsigned threads) const {
  std::vector<std::span<const std::byte>> blocks;
  for (const Section& section : sections_) {
    for (auto rest = section.bytes; !rest.empty();) {
      blocks.push_back(rest.first(std::min(kBlockBytes, rest.size())));
      rest = rest.subspan(blocks.back().size());
    }
  }
  std::vector<std::uint64_t> hashes(blocks.size());
  std::atomic<std::size_t> next{0};
  constexpr std::size_t kAlwaysParallel = std::size_t{1} << 20;
  constexpr std::size_t kFewBlocks = 16;  // not worth a thread
  parallel_slices(blocks.size() <= kFewBlocks ? 1 : threads, kAlwaysParallel,
                  [&](unsigned, std::size_t, std::size_t) {
                    for (std::size_t i = next++; i < blocks.size(); i = next++) {
                      hashes[i] = stable_hash(as_text(blocks[i]));
                    }
                  });
  std::span<const std::uint64_t> rest = hashes;
  for (const Section& section : sections_) {
    const std::size_t count = (section.bytes.size() + kBlockBytes - 1) / kBlockBytes;
    if (checksum_of(rest.first(count)) != section.checksum) {
      return fail(ErrorCode::kDamaged, fmt::format("section {} is damaged", section.name));
    }
    rest = rest.subspan(count);
  }
  return {};
}

std::optional<std::string_view> SectionFile::text(std::string_view name) const {
  const Section* section = find(name, 1);
  if (section == nullptr) return std::nullopt;
  return as_text(section->bytes);
}

const SectionFile::Section* SectionFile::find(std::string_view name,
                                              std::size_t element_bytes) const {
  const auto place = std::ranges::find(sections_, name, &Section::name);
  return place != sections_.end() && place->element_bytes == element_bytes ? &*place : nullptr;
}

}  // namespace tidemark
