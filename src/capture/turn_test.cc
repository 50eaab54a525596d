#include "capture/turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

using testing::HasSubstr;

TEST(TakeTurn, OneAtATimeWithAProcess) {
  const Monitor monitor;
  constexpr pid_t kNobody = 99'999'999;
  auto first = take_turn_with(kNobody, monitor, std::chrono::milliseconds(0));
  ASSERT_TRUE(first);
  const auto second = take_turn_with(kNobody, monitor, std::chrono::milliseconds(30));
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another capture of process 99999999"));
  first->reset();
  EXPECT_TRUE(take_turn_with(kNobody, monitor, std::chrono::milliseconds(0)));
}

}  // namespace
}  // namespace tidemark
