#include "host/memory_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tidemark {
namespace {

TEST(MemoryMap, ReadsALineOfEachKind) {
  const auto maps = parse_maps(
      "55e8c1cbd000-55e8c1ce2000 r-xp 00033000 fe:00 10977294                   /usr/bin/ruby 3.1\n"
      "7f0000000000-7f0000001000 rw-s 00000000 00:01 77 /memfd:x (deleted)\n"
      "this is no line\n"
      "7ffc0000-7ffd0000 rw-p 00000000 00:00 0                                  [stack]\n"
      "5000-4000 rw-p 00000000 00:00 0\n"
      "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]");
  ASSERT_EQ(maps.size(), 4U);
  EXPECT_EQ(maps[0].begin, 0x55e8c1cbd000U);
  EXPECT_EQ(maps[0].size(), 0x25000U);
  EXPECT_EQ(maps[0].offset, 0x33000U);
  EXPECT_EQ(maps[0].inode, 10977294U);
  EXPECT_TRUE(maps[0].readable && maps[0].executable && !maps[0].writable && !maps[0].shared);
  EXPECT_EQ(maps[0].path, "/usr/bin/ruby 3.1");
  EXPECT_TRUE(maps[1].shared);
  EXPECT_EQ(maps[1].path, "/memfd:x (deleted)");
  EXPECT_EQ(maps[2].path, "[stack]");
}

TEST(MemoryMap, SmapsTellWhatIsNotForked) {
  const auto maps = parse_smaps(
      "1000-2000 rw-p 00000000 00:00 0 \nSize:                  4 kB\nRss:                   8 kB\n"
      "VmFlags: rd wr mr mw me dc ac sd \n"
      "3000-4000 rw-p 00000000 00:00 0 \nRss:                   4 kB\nVmFlags: rd wr mr mw me ac "
      "dcx\n");
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_TRUE(maps[0].not_forked);
  EXPECT_EQ(maps[0].resident_bytes, 8192U);
  EXPECT_FALSE(maps[1].not_forked);
}

TEST(MemoryMap, FindsTheMappingOfAnAddress) {
  const auto maps = parse_maps("1000-2000 r--p 0 0:0 0\n3000-5000 r--p 0 0:0 0\n");
  EXPECT_EQ(mapping_at(maps, 0xfff), nullptr);
  EXPECT_EQ(mapping_at(maps, 0x1000), &maps[0]);
  EXPECT_EQ(mapping_at(maps, 0x1fff), &maps[0]);
  EXPECT_EQ(mapping_at(maps, 0x2000), nullptr);
  EXPECT_EQ(mapping_at(maps, 0x4fff), &maps[1]);
  EXPECT_EQ(mapping_at(maps, 0x5000), nullptr);
}

TEST(MemoryMap, AFreeRangeIsFreeAndTheProgramsOwn) {
  const auto maps = read_maps(this_machine(), getpid());
  ASSERT_TRUE(maps);
  constexpr std::uint64_t kBytes = 16'384;
  const std::uint64_t free = free_range(*maps, kBytes);
  ASSERT_NE(free, 0U);
  EXPECT_EQ(free % 4096, 0U);
  EXPECT_LT(free + kBytes, std::uint64_t{1} << 47);
  for (const Mapping& mapping : *maps) {
    EXPECT_TRUE(free + kBytes + 4096 <= mapping.begin || free >= mapping.end + 4096);
  }
}

TEST(MemoryMap, ThereMayBeNoFreeRange) {
  EXPECT_EQ(free_range({}, 4096), 0U);
  const auto full =
      parse_maps("100000000-7fffffff0000 rw-p 0 0:0 0\n7fffffff1000-7fffffff2000 rw-p 0 0:0 0\n");
  EXPECT_EQ(free_range(full, 4096), 0U);
  // The gap below the kernel's own page does not count: those addresses are not a program's.
  const auto top = parse_maps(
      "100000000-7fffffff0000 rw-p 0 0:0 0\nffffffffff600000-ffffffffff601000 --xp 0 0:0 0\n");
  EXPECT_LT(free_range(top, 4096), std::uint64_t{1} << 47);
}

}  // namespace
}  // namespace tidemark
