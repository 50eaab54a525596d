// The exported functions of a program or library, by name, out of its ELF file.
//
// Only what the dynamic linker itself uses is read (program headers, the dynamic section, the hash
// table), so a stripped file is as good as any. Lookups go through the hash table: a few small
// reads each, also in Node's 100 MB and 60,000 symbols. The file may be anything: every offset is
// checked against the file, and every chain has an end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace tidemark {

// A part of the file that is mapped when it runs. Addresses are before the bias is added.
struct ElfSegment {
  std::uint64_t offset = 0;
  std::uint64_t address = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t memory_bytes = 0;
  bool executable = false;
  bool writable = false;
};

// Not thread-safe.
class ElfSymbols {
 public:
  // Errors: kIo, kNotADump for a file that is no 64-bit little-endian ELF, kDamaged.
  static Result<ElfSymbols> open(const std::string& path);
  static Result<ElfSymbols> read(FileDescriptor file, const std::string& name);

  // Addresses of a name, one for each version it has; empty when it is not exported.
  [[nodiscard]] std::vector<std::uint64_t> find(std::string_view name) const;

  [[nodiscard]] const std::vector<ElfSegment>& segments() const { return segments_; }
  // The machine the file is for, as in <elf.h>: EM_X86_64, EM_AARCH64.
  [[nodiscard]] std::uint16_t machine() const { return machine_; }
  // Address of the first loaded byte of the file's start: the bias is where it is, less this.
  [[nodiscard]] std::uint64_t lowest_address() const;
  [[nodiscard]] std::uint64_t file_bytes() const { return size_; }
  // What the file says is at an address: constants. Fewer bytes at the end of the part.
  [[nodiscard]] std::string constant_at(std::uint64_t address, std::size_t count) const;
  // The file's own bytes, for what a symbol does not tell. Fewer at the end of the file.
  [[nodiscard]] std::string bytes(std::uint64_t offset, std::size_t count) const;

 private:
  struct Symbol {
    std::uint32_t name = 0;
    bool defined = false;
    std::uint64_t address = 0;
  };

  [[nodiscard]] bool copy(std::uint64_t offset, void* to, std::size_t bytes) const;
  template <class T>
  [[nodiscard]] std::optional<T> number(std::uint64_t offset) const;
  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t address) const;
  Result<void> read_headers(const std::string& name);
  void read_dynamic(std::uint64_t offset, std::uint64_t bytes);
  [[nodiscard]] std::optional<Symbol> symbol(std::uint64_t index) const;
  [[nodiscard]] bool named(const Symbol& symbol, std::string_view name) const;
  void find_gnu(std::string_view name, std::vector<std::uint64_t>& found) const;
  void find_classic(std::string_view name, std::vector<std::uint64_t>& found) const;

  FileDescriptor file_;
  std::uint64_t size_ = 0;
  std::uint16_t machine_ = 0;
  std::vector<ElfSegment> segments_;
  // File offsets; 0: not there.
  std::uint64_t symbols_ = 0;
  std::uint64_t strings_ = 0;
  std::uint64_t strings_bytes_ = 0;
  std::uint64_t gnu_hash_ = 0;
  std::uint64_t classic_hash_ = 0;
};

}  // namespace tidemark
