#include "inject/elf_symbols.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

#include "host/host.h"
#include "host/memory_map.h"
#include "host/process_name.h"
#include "inject/module.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

// The C library that this test itself has loaded: the dynamic linker is the oracle.
Result<Module> own_libc() {
  const auto maps = read_maps(this_machine(), getpid());
  if (!maps) return std::unexpected(maps.error());
  for (const std::string& path : executable_files(*maps)) {
    if (file_name(path).starts_with("libc.so")) return open_module(getpid(), *maps, path);
  }
  return fail(ErrorCode::kNotFound, "no libc");
}

TEST(ElfSymbols, AgreesWithTheDynamicLinker) {
  const auto libc = own_libc();
  ASSERT_TRUE(libc) << libc.error().message;
  void* const handle = dlopen(libc->path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  ASSERT_NE(handle, nullptr);
  for (const char* name :
       {"fork", "__errno_location", "pthread_cond_signal", "pthread_cond_broadcast",
        "pthread_cond_wait", "pthread_cond_timedwait", "malloc_usable_size", "qsort"}) {
    const auto expected = reinterpret_cast<std::uint64_t>(dlsym(handle, name));
    EXPECT_THAT(libc->find_all(name), testing::Contains(expected)) << name;
  }
  dlclose(handle);
}

TEST(ElfSymbols, FindsNothingUnderANameThatIsNotThere) {
  const auto libc = own_libc();
  ASSERT_TRUE(libc);
  EXPECT_EQ(libc->find("fork_of_nothing"), 0U);
  EXPECT_EQ(libc->find(""), 0U);
  EXPECT_EQ(libc->find("for"), 0U);
  EXPECT_TRUE(libc->elf.find(std::string(100'000, 'x')).empty());
}

TEST(ElfSymbols, KnowsSegmentsAndMachine) {
  const auto elf = ElfSymbols::open("/proc/self/exe");
  ASSERT_TRUE(elf);
  bool code = false;
  for (const ElfSegment& part : elf->segments()) code |= part.executable && !part.writable;
  EXPECT_TRUE(code);
  EXPECT_GT(elf->file_bytes(), 1000U);
}

TEST(ElfSymbols, SaysWhatAFileIsNot) {
  const TemporaryFolder folder;
  write_file(folder / "text", "#!/bin/sh\n");
  write_file(folder / "small", std::string("\177ELF\1\1\1") + std::string(200, '\0'));
  write_file(folder / "empty", "");
  EXPECT_EQ(ElfSymbols::open(folder / "text").error().code, ErrorCode::kNotADump);
  EXPECT_EQ(ElfSymbols::open(folder / "small").error().code, ErrorCode::kNotADump);
  EXPECT_EQ(ElfSymbols::open(folder / "empty").error().code, ErrorCode::kNotADump);
  EXPECT_EQ(ElfSymbols::open(folder / "none").error().code, ErrorCode::kIo);
  EXPECT_EQ(ElfSymbols::open(folder.path()).error().code, ErrorCode::kIo);
}

// Cut short at any place, or with bytes changed, a library gives an error or fewer names: never a
// crash, a hang, or a read beyond its end.
TEST(ElfSymbols, BearsDamage) {
  const auto libc = own_libc();
  ASSERT_TRUE(libc);
  const std::string whole = read_file(libc->path);
  const TemporaryFolder folder;
  std::mt19937_64 random(11);
  for (int round = 0; round < 40; ++round) {
    std::string bytes = whole;
    if (round % 2 == 0) bytes.resize(random() % bytes.size());
    for (int i = 0; i < 8; ++i) {
      const std::size_t range = i < 4 ? std::min<std::size_t>(bytes.size(), 1024) : bytes.size();
      if (range > 0) bytes[random() % range] = static_cast<char>(random());
    }
    write_file(folder / "lib", bytes);
    const auto elf = ElfSymbols::open(folder / "lib");
    if (!elf) continue;
    static_cast<void>(elf->find("fork"));
    static_cast<void>(elf->lowest_address());
    static_cast<void>(elf->constant_at(random(), 64));
  }
}

}  // namespace
}  // namespace tidemark
