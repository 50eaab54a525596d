#include "runtimes/driver.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(RuntimeDriver, EveryRuntimeHasARowOfItsOwn) {
  for (const RuntimeKind kind : kAllRuntimes) {
    const RuntimeDriver& driver = driver_of(kind);
    EXPECT_EQ(driver.kind, kind) << runtime_name(kind);
    EXPECT_NE(driver.capture_heap, nullptr) << runtime_name(kind);
    EXPECT_NE(driver.open_gc_stats, nullptr) << runtime_name(kind);
  }
}

TEST(GcStats, AreADocumentThatNamesTheRuntime) {
  GcStats stats;
  stats.runtime = RuntimeKind::kNode;
  stats.version = "20.1.0";
  stats.used_bytes = 7;
  stats.all = {{"used_heap_size", 7}, {"does_zap_garbage", 0}};
  EXPECT_EQ(gc_stats_json(stats),
            R"({"runtime":"node","version":"20.1.0","used_bytes":7,"heap_bytes":0,)"
            R"("all":{"used_heap_size":7,"does_zap_garbage":0}})"
            "\n");
}

}  // namespace
}  // namespace tidemark
