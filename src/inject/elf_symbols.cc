#include "inject/elf_symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace tidemark {
namespace {

constexpr std::uint32_t kLongestChain = 1U << 20;  // more symbols of one hash means a loop
constexpr std::size_t kMostSegments = 256;
constexpr std::size_t kMostDynamic = 1024;

std::unexpected<Error> refuse(ErrorCode code, const std::string& name, std::string why) {
  return std::unexpected(
      Error{.code = code, .message = std::move(why), .file = name, .offset = {}, .hint = {}});
}

std::uint32_t gnu_hash(std::string_view name) {
  std::uint32_t hash = 5381;
  for (const char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
  return hash;
}

std::uint32_t classic_hash(std::string_view name) {
  std::uint32_t hash = 0;
  for (const char c : name) {
    hash = (hash << 4) + static_cast<unsigned char>(c);
    const std::uint32_t top = hash & 0xf000'0000U;
    hash = (hash ^ (top >> 24)) & ~top;
  }
  return hash;
}

}  // namespace

Result<ElfSymbols> ElfSymbols::open(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) {
    return refuse(ErrorCode::kIo, path, "cannot open: " + system_reason(errno));
  }
  return read(std::move(file), path);
}

Result<ElfSymbols> ElfSymbols::read(FileDescriptor file, const std::string& name) {
  ElfSymbols elf;
  struct stat status{};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return refuse(ErrorCode::kIo, name, "not a regular file");
  }
  elf.file_ = std::move(file);
  elf.size_ = static_cast<std::uint64_t>(status.st_size);
  if (auto done = elf.read_headers(name); !done) return std::unexpected(done.error());
  return elf;
}

bool ElfSymbols::copy(std::uint64_t offset, void* to, std::size_t bytes) const {
  if (offset > size_ || bytes > size_ - offset) return false;
  return pread(file_.get(), to, bytes, static_cast<off_t>(offset)) == static_cast<ssize_t>(bytes);
}

template <class T>
std::optional<T> ElfSymbols::number(std::uint64_t offset) const {
  T value;
  if (!copy(offset, &value, sizeof value)) return std::nullopt;
  return value;
}

std::string ElfSymbols::bytes(std::uint64_t offset, std::size_t count) const {
  if (offset >= size_) return {};
  std::string out(std::min<std::uint64_t>(count, size_ - offset), '\0');
  if (!copy(offset, out.data(), out.size())) out.clear();
  return out;
}

std::string ElfSymbols::constant_at(std::uint64_t address, std::size_t count) const {
  const auto offset = offset_of(address);
  return offset ? bytes(*offset, count) : std::string();
}

Result<void> ElfSymbols::read_headers(const std::string& name) {
  const auto header = number<Elf64_Ehdr>(0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
    return refuse(ErrorCode::kNotADump, name, "not an ELF file");
  }
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB) {
    return refuse(ErrorCode::kNotADump, name, "not a 64-bit little-endian ELF file");
  }
  if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum > kMostSegments) {
    return refuse(ErrorCode::kDamaged, name, "its program headers are damaged");
  }
  machine_ = header->e_machine;
  std::vector<Elf64_Phdr> headers(header->e_phnum);
  if (!copy(header->e_phoff, headers.data(), headers.size() * sizeof(Elf64_Phdr))) {
    return refuse(ErrorCode::kDamaged, name, "its program headers lie beyond its end");
  }
  for (const Elf64_Phdr& part : headers) {
    if (part.p_type != PT_LOAD) continue;
    segments_.push_back({.offset = part.p_offset,
                         .address = part.p_vaddr,
                         .file_bytes = part.p_filesz,
                         .memory_bytes = part.p_memsz,
                         .executable = (part.p_flags & PF_X) != 0,
                         .writable = (part.p_flags & PF_W) != 0});
  }
  for (const Elf64_Phdr& part : headers) {
    if (part.p_type == PT_DYNAMIC) read_dynamic(part.p_offset, part.p_filesz);
  }
  return {};
}

void ElfSymbols::read_dynamic(std::uint64_t offset, std::uint64_t bytes) {
  const std::uint64_t entries = std::min<std::uint64_t>(bytes / sizeof(Elf64_Dyn), kMostDynamic);
  const auto place = [&](std::uint64_t address) { return offset_of(address).value_or(0); };
  for (std::uint64_t i = 0; i < entries; ++i) {
    const auto entry = number<Elf64_Dyn>(offset + i * sizeof(Elf64_Dyn));
    if (!entry || entry->d_tag == DT_NULL) return;
    if (entry->d_tag == DT_SYMTAB) symbols_ = place(entry->d_un.d_ptr);
    if (entry->d_tag == DT_STRTAB) strings_ = place(entry->d_un.d_ptr);
    if (entry->d_tag == DT_STRSZ) strings_bytes_ = entry->d_un.d_val;
    if (entry->d_tag == DT_GNU_HASH) gnu_hash_ = place(entry->d_un.d_ptr);
    if (entry->d_tag == DT_HASH) classic_hash_ = place(entry->d_un.d_ptr);
  }
}

std::optional<std::uint64_t> ElfSymbols::offset_of(std::uint64_t address) const {
  for (const ElfSegment& part : segments_) {
    if (address >= part.address && address - part.address < part.file_bytes) {
      return part.offset + (address - part.address);
    }
  }
  return std::nullopt;
}

std::uint64_t ElfSymbols::lowest_address() const {
  constexpr std::uint64_t kPage = 4096;
  std::uint64_t lowest = UINT64_MAX;
  for (const ElfSegment& part : segments_) {
    if (part.address < part.offset) continue;
    lowest = std::min(lowest, part.address - part.offset % kPage);
  }
  return lowest == UINT64_MAX ? 0 : lowest / kPage * kPage;
}

std::optional<ElfSymbols::Symbol> ElfSymbols::symbol(std::uint64_t index) const {
  const auto entry = number<Elf64_Sym>(symbols_ + index * sizeof(Elf64_Sym));
  if (!entry) return std::nullopt;
  return Symbol{.name = entry->st_name,
                .defined = entry->st_shndx != SHN_UNDEF && entry->st_value != 0,
                .address = entry->st_value};
}

bool ElfSymbols::named(const Symbol& symbol, std::string_view name) const {
  if (symbol.name > strings_bytes_ || name.size() + 1 > strings_bytes_ - symbol.name) return false;
  std::string there(name.size() + 1, '\0');
  if (!copy(strings_ + symbol.name, there.data(), there.size())) return false;
  return there.back() == '\0' && std::string_view(there).substr(0, name.size()) == name;
}

// Header {buckets, first symbol, bloom words, shift}, bloom filter, buckets, one hash a symbol; the
// last of a bucket has its lowest bit set.
void ElfSymbols::find_gnu(std::string_view name, std::vector<std::uint64_t>& found) const {
  const auto header = number<std::array<std::uint32_t, 4>>(gnu_hash_);
  if (!header || (*header)[0] == 0) return;
  const std::uint64_t buckets = gnu_hash_ + 16 + std::uint64_t{(*header)[2]} * 8;
  const std::uint64_t chains = buckets + std::uint64_t{(*header)[0]} * 4;
  const std::uint32_t hash = gnu_hash(name);
  const auto first = number<std::uint32_t>(buckets + std::uint64_t{hash % (*header)[0]} * 4);
  if (!first || *first < (*header)[1]) return;
  for (std::uint32_t step = 0; step < kLongestChain; ++step) {
    const std::uint64_t index = std::uint64_t{*first} + step;
    const auto entry = number<std::uint32_t>(chains + (index - (*header)[1]) * 4);
    if (!entry) return;
    if ((*entry | 1U) == (hash | 1U)) {
      const auto candidate = symbol(index);
      if (candidate && candidate->defined && named(*candidate, name)) {
        found.push_back(candidate->address);
      }
    }
    if ((*entry & 1U) != 0) return;
  }
}

// Header {buckets, chain length}, buckets, chain.
void ElfSymbols::find_classic(std::string_view name, std::vector<std::uint64_t>& found) const {
  const auto header = number<std::array<std::uint32_t, 2>>(classic_hash_);
  if (!header || (*header)[0] == 0) return;
  const std::uint64_t buckets = classic_hash_ + 8;
  const std::uint64_t chains = buckets + std::uint64_t{(*header)[0]} * 4;
  auto index =
      number<std::uint32_t>(buckets + std::uint64_t{classic_hash(name) % (*header)[0]} * 4);
  for (std::uint32_t step = 0; index && *index != 0 && step < kLongestChain; ++step) {
    const auto candidate = symbol(*index);
    if (candidate && candidate->defined && named(*candidate, name)) {
      found.push_back(candidate->address);
    }
    index = number<std::uint32_t>(chains + std::uint64_t{*index} * 4);
  }
}

std::vector<std::uint64_t> ElfSymbols::find(std::string_view name) const {
  std::vector<std::uint64_t> found;
  if (symbols_ == 0 || strings_ == 0) return found;
  if (gnu_hash_ != 0) {
    find_gnu(name, found);
  } else if (classic_hash_ != 0) {
    find_classic(name, found);
  }
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

}  // namespace tidemark
