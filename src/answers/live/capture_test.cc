#include "answers/live/capture.h"

#include <gtest/gtest.h>

#include "answers/live/allocation_tracing.h"
#include "answers/live/capture_place.h"

namespace tidemark {
namespace {

Diagnosis of_shop() {
  Diagnosis diagnosis;
  diagnosis.status.pid = 7;
  diagnosis.app = "shop";
  diagnosis.runtime = Runtime{};
  return diagnosis;
}

TEST(CapturePlace, OfOneFileIsThatFile) {
  const auto path = capture_path(of_shop(), {.output = "one-file", .growth = {}});
  ASSERT_TRUE(path);
  EXPECT_EQ(*path, "one-file");
  EXPECT_EQ(capture_path(of_shop(), {.output = "-", .growth = {}}), "-");
}

TEST(CapturePlace, OfAFolderIsNamedAfterWhatWasCaptured) {
  const auto path =
      capture_path(of_shop(), {.output = "dumps/", .plain = true, .growth = "-plus-3.0MB"});
  ASSERT_TRUE(path);
  EXPECT_TRUE(path->starts_with("dumps/shop-" + host_name() + "-7-2")) << *path;
  EXPECT_TRUE(path->ends_with("Z-plus-3.0MB.heap.json")) << *path;
  EXPECT_EQ(path->find(':'), std::string::npos) << *path;
  const auto in_bucket = capture_path(of_shop(), {.output = "s3://bucket/a/", .growth = {}});
  ASSERT_TRUE(in_bucket);
  EXPECT_TRUE(in_bucket->starts_with("s3://bucket/a/shop-")) << *in_bucket;
  EXPECT_TRUE(in_bucket->ends_with(".zst")) << *in_bucket;
}

TEST(CapturePlace, KnowsWhatHoldsSeveral) {
  EXPECT_TRUE(holds_several(""));
  EXPECT_TRUE(holds_several("dumps/"));
  EXPECT_TRUE(holds_several("s3://bucket"));
  EXPECT_FALSE(holds_several("s3://bucket/key"));
  EXPECT_FALSE(holds_several("-"));
  EXPECT_FALSE(holds_several("no-such-folder"));
}

TEST(CaptureAnswer, RefusesToWriteASeriesIntoOneFile) {
  Monitor monitor;
  CaptureListener listener;
  CaptureSeriesRequest request;
  request.target = "1";
  request.output = "one-file";
  request.count = 2;
  const auto refused = answer(request, listener, monitor);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUsage);
}

TEST(CaptureAnswer, SaysWhenThereIsNoSuchProcess) {
  Monitor monitor;
  CaptureListener listener;
  const std::string none = "no-such-process-of-a-test";
  CaptureSeriesRequest request;
  request.target = none;
  EXPECT_EQ(answer(request, listener, monitor).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(plan_capture(request, listener, monitor).error().code, ErrorCode::kNotFound);
  const AllocationTracingRequest tracing{.target = none, .on = true};
  EXPECT_EQ(answer(tracing, listener, monitor).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tidemark
