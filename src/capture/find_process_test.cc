#include "capture/find_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/host.h"
#include "host/process.h"

namespace tidemark {
namespace {

constexpr HiddenProcesses kNobodyAnswers = {
    .runtime_of = [](const ProcessStatus&) -> std::optional<RuntimeKind> { return std::nullopt; },
    .remedy = [] { return std::string(); }};

TEST(FindProcess, WhatDoesNotRunIsSaidWithWhatDoes) {
  const auto found = find_targets(this_machine(), "no-such-program-anywhere", kNobodyAnswers);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(found.error().hint.empty());
  EXPECT_EQ(find_targets(this_machine(), "2147483000", kNobodyAnswers).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(find_targets(this_machine(), "99999999999999999999999", kNobodyAnswers).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(find_targets(this_machine(), "1", kNobodyAnswers).error().code,
            ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tidemark
