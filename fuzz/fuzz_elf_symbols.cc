// Anything as an ELF file: an error or some symbols, never a crash, a hang or a read out of bounds.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "base/file_descriptor.h"
#include "inject/elf_symbols.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tidemark::FileDescriptor file(memfd_create("elf", MFD_CLOEXEC));
  if (!file.open() || write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  const auto elf = tidemark::ElfSymbols::read(std::move(file), "fuzz");
  if (!elf) return 0;
  for (const char* name : {"fork_it", "ruby_version", "not_there", ""}) {
    for (const std::uint64_t address : elf->find(name)) {
      if (elf->constant_at(address, 16).size() > 16) __builtin_trap();
    }
  }
  if (elf->bytes(size / 2, 64).size() > 64 || elf->lowest_address() % 4096 != 0) __builtin_trap();
  return 0;
}
