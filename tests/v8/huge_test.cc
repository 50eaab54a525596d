// A snapshot beyond 4 GB whose strings alone are beyond 512 MB: what no tool built on JavaScript
// strings or 32-bit offsets opens. Made on the fly and piped, so no disk is needed.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "diff/program.h"

namespace tidemark {
namespace {

using nlohmann::json;

// kB, as /proc/meminfo has it.
std::uint64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::string unit;
  for (std::uint64_t value = 0; file >> name >> value; std::getline(file, unit)) {
    if (name == "MemAvailable:") return value;
  }
  return 0;
}

constexpr const char* kSnapshot = R"sh(
snapshot() {
  printf '{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],'
  printf '"node_types":[["synthetic","object","string"],"string","number","number","number"],'
  printf '"edge_fields":["type","name_or_index","to_node"],'
  printf '"edge_types":[["property"],"string_or_number","node"]},"node_count":4,"edge_count":3},'
  printf '"nodes":[0,0,1,0,3,1,1,3,5000000000,0,1,1,5,24,0,2,602,7,40,0],'
  printf '"edges":[0,1,5,0,1,10,0,1,15],"samples":['
  yes 1000000,3, | head -c 3700000000
  printf '1,1],"strings":["","Order"'
  for i in $(seq 1000 1599); do
    printf ',"'
    yes "$i" | tr -d '\n' | head -c 1000000
    printf '"'
  done
  printf ',"the last"]}'
}
)sh";

// Slow: more than 4 GB go through a pipe, twice.
TEST(SlowHugeSnapshot, Above4GigabytesIsReadLikeAnyOther) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "takes minutes with a sanitizer";
#endif
  constexpr std::uint64_t kNeeded = 3'000'000;
  if (available_memory() < kNeeded) GTEST_SKIP() << "needs 3 GB of free memory";
  const Ran ran = shell(std::string(kSnapshot) +
                        "snapshot | $TIDEMARK summary -q --format json --by class --limit 0 -");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const json found = json::parse(ran.out);
  EXPECT_GT(found["read"]["content_bytes"].get<std::uint64_t>(), std::uint64_t{1} << 32);
  EXPECT_EQ(found["heap"]["bytes"], 5'000'000'064);
  EXPECT_EQ(found["heap"]["objects"], 3);
  const Ran cut = shell(std::string(kSnapshot) +
                        "set +o pipefail\n"
                        "snapshot | head -c 4299000000 | $TIDEMARK summary --format json -");
  EXPECT_EQ(cut.code, 0) << cut.err;
  // What was lost is part of the answer, with its place.
  EXPECT_NE(cut.out.find("at byte 4,298,"), std::string::npos) << cut.out;
}

}  // namespace
}  // namespace tidemark
