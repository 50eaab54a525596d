#include "platforms/dyno_sizes.h"

#include <gtest/gtest.h>

#include <array>

namespace tidemark {
namespace {

constexpr std::uint64_t kMiB = 1048576;
constexpr std::uint64_t kGiB = 1024 * kMiB;

struct Known {
  std::string_view name;
  std::uint64_t quota;
  std::uint64_t kill_at;
};

// Dev Center's own tables, and names as the command line and the logs write them.
constexpr std::array<Known, 32> kKnown = {{
    {"eco", 512 * kMiB, kGiB},
    {"Eco", 512 * kMiB, kGiB},
    {"basic", 512 * kMiB, kGiB},
    {"Standard-1X", 512 * kMiB, kGiB},
    {"standard-1x", 512 * kMiB, kGiB},
    {"STANDARD-2X", kGiB, 2 * kGiB},
    {"Performance-M", 2684354560, 5 * kGiB},
    {"Performance-L", 14 * kGiB, 28 * kGiB},
    {"Performance-L-RAM", 30 * kGiB, 36 * kGiB},
    {"performance-l-ram", 30 * kGiB, 36 * kGiB},
    {"Performance-XL", 62 * kGiB, 74 * kGiB},
    {"Performance-2XL", 126 * kGiB, 151 * kGiB},
    {"Private-S", kGiB, kGiB},
    {"Private-M", 2684354560, 2684354560},
    {"private-l", 14 * kGiB, 14 * kGiB},
    {"Private-L-RAM", 30 * kGiB, 30 * kGiB},
    {"Private-XL", 62 * kGiB, 62 * kGiB},
    {"Private-2XL", 126 * kGiB, 126 * kGiB},
    {"Shield-S", kGiB, kGiB},
    {"shield-m", 2684354560, 2684354560},
    {"Shield-L", 14 * kGiB, 14 * kGiB},
    {"Shield-L-RAM", 30 * kGiB, 30 * kGiB},
    {"Shield-XL", 62 * kGiB, 62 * kGiB},
    {"Shield-2XL", 126 * kGiB, 126 * kGiB},
    {"Free", 512 * kMiB, kGiB},
    {"Hobby", 512 * kMiB, kGiB},
    {"1X", 512 * kMiB, kGiB},
    {"2X", kGiB, 2 * kGiB},
    {"PX", 6 * kGiB, 12 * kGiB},
    {"dyno-1c-0.5gb", 512 * kMiB, 512 * kMiB},
    {"dyno-32c-64gb", 64 * kGiB, 64 * kGiB},
    {"Dyno-16c-128GB", 128 * kGiB, 128 * kGiB},
}};

TEST(DynoSizes, EveryNameOldAndNewToTheByte) {
  for (const Known& known : kKnown) {
    const auto size = dyno_size(known.name);
    ASSERT_TRUE(size) << known.name;
    EXPECT_EQ(size->quota, known.quota) << known.name;
    EXPECT_EQ(size->kill_at, known.kill_at) << known.name;
  }
  EXPECT_EQ(dyno_size("dyno-2c-4gb")->cores, 2);
  EXPECT_EQ(dyno_size("Standard-2X")->name, "standard-2x");
  EXPECT_EQ(dyno_size("1x")->name, "1x");
}

TEST(DynoSizes, OtherNamesAreNone) {
  for (const char* wrong :
       {"", "huge", "dyno-", "dyno-xc-4gb", "dyno-1c-gb", "dyno-1c--4gb", "dyno-0c-4gb",
        "dyno-1c-1e300gb", "private-", "private-1x", "shield", "standard-1", "standard-1x "}) {
    EXPECT_FALSE(dyno_size(wrong)) << wrong;
  }
}

TEST(DynoSizes, TheSmallestThatIsLargeEnough) {
  EXPECT_EQ(dyno_with(1)->name, "standard-1x");
  EXPECT_EQ(dyno_with(536870912)->name, "standard-1x");
  EXPECT_EQ(dyno_with(536870913)->name, "standard-2x");
  EXPECT_EQ(dyno_with(1.8e9)->name, "performance-m");
  EXPECT_FALSE(dyno_with(1e12));
  EXPECT_NE(dyno_names().find("performance-2xl"), std::string::npos);
}

TEST(DynoSizes, TheUnitsOfLogsAreThoseOfQuotas) {
  EXPECT_EQ(dyno_bytes("512.00MB"), static_cast<double>(dyno_size("standard-1x")->quota));
  EXPECT_EQ(dyno_bytes("512M(100.0%)"), 536870912);
  EXPECT_EQ(dyno_bytes("512M"), 536870912);
  EXPECT_EQ(dyno_bytes("2.50GB"), static_cast<double>(dyno_size("performance-m")->quota));
  EXPECT_EQ(dyno_bytes("2G"), 2147483648);
  EXPECT_EQ(dyno_bytes("3kB"), 3072);
  EXPECT_EQ(dyno_bytes("77bytes"), 77);
  EXPECT_EQ(dyno_bytes("338.09MB"), 354513060);  // whole bytes
  for (const char* wrong : {"", "MB", "512", "-1MB", "nanMB", "infMB", "5pages", "1e999MB"}) {
    EXPECT_FALSE(dyno_bytes(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace tidemark
