#include "capture/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

using testing::HasSubstr;

Diagnosis where(RuntimeKind kind, std::vector<CaptureMethod> possible) {
  Diagnosis d;
  d.runtime.emplace();
  d.runtime->kind = kind;
  const auto outlook = [&](CaptureMethod method) {
    MethodOutlook made;
    made.method = method;
    made.possible = std::ranges::find(possible, method) != possible.end();
    made.obstacle = std::string("no ") + method_name(method);
    made.remedy = std::string("get ") + method_name(method);
    return made;
  };
  for (const CaptureMethod method : methods_for(kind, CaptureKind::kHeap))
    d.methods.push_back(outlook(method));
  d.injection = outlook(CaptureMethod::kInjection);
  return d;
}

TEST(BestMethod, IsTheGentlestThatIsPossible) {
  using enum CaptureMethod;
  const auto best = [](RuntimeKind runtime, CaptureKind kind, std::vector<CaptureMethod> possible) {
    return best_method(where(runtime, std::move(possible)), kind);
  };
  constexpr auto kRuby = RuntimeKind::kRuby;
  constexpr auto kNode = RuntimeKind::kNode;
  EXPECT_EQ(best(kRuby, CaptureKind::kHeap, {kPreload, kFork}), kFork);
  EXPECT_EQ(best(kRuby, CaptureKind::kHeap, {kPreload}), kPreload);
  EXPECT_EQ(best(kRuby, CaptureKind::kHeap, {kPreload, kRbtrace}), kRbtrace);
  EXPECT_EQ(best(kNode, CaptureKind::kHeap, {kPreload, kInspector}), kInspector);
  EXPECT_EQ(best(kNode, CaptureKind::kHeap, {kPreload}), kPreload);
  EXPECT_EQ(best(kNode, CaptureKind::kGcStats, {kInjection, kInspector}), kInjection);
  EXPECT_EQ(best(kNode, CaptureKind::kGcStats, {kInspector}), kInspector);
}

TEST(Fallback, NamesWhatIsPassedOverAndGoesOnInOrder) {
  using enum CaptureMethod;
  const Diagnosis ruby = where(RuntimeKind::kRuby, {kRbtrace, kPreload});
  const auto passed = passed_over(ruby, CaptureKind::kHeap, kRbtrace);
  ASSERT_EQ(passed.size(), 1U);
  EXPECT_EQ(passed[0].obstacle, "no fork");
  EXPECT_EQ(next_method(ruby, CaptureKind::kHeap, kFork), kRbtrace);
  EXPECT_EQ(next_method(ruby, CaptureKind::kHeap, kRbtrace), kPreload);
  EXPECT_FALSE(next_method(ruby, CaptureKind::kHeap, kPreload));
  EXPECT_EQ(passed_over(where(RuntimeKind::kRuby, {kPreload}), CaptureKind::kHeap, kPreload).size(),
            2U);
  // The next way would stop a Node.js process for seconds: not without being asked.
  EXPECT_FALSE(
      next_method(where(RuntimeKind::kNode, {kFork, kInspector}), CaptureKind::kHeap, kFork));
}

TEST(AllowCapture, WhereNothingIsPossibleAllThatWouldHelpIsTold) {
  Diagnosis nothing = where(RuntimeKind::kRuby, {});
  const auto refused = allow_capture(nothing, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no fork"));
  EXPECT_THAT(refused.error().hint, HasSubstr("get fork; "));
  EXPECT_THAT(refused.error().hint, HasSubstr("get preload"));
}

TEST(AllowCapture, AKindThatARuntimeDoesNotHaveIsRefused) {
  for (const CaptureKind kind : kAllKinds) {
    CaptureRequest request{.kind = kind};
    const Diagnosis ruby = where(RuntimeKind::kRuby, {CaptureMethod::kFork});
    request.method = best_method(ruby, kind);
    const bool known = !methods_for(RuntimeKind::kRuby, kind).empty();
    const auto allowed = allow_capture(ruby, request);
    if (known) continue;
    ASSERT_FALSE(allowed) << kind_name(kind);
    EXPECT_THAT(allowed.error().message, HasSubstr("is not for Ruby")) << kind_name(kind);
  }
}

}  // namespace
}  // namespace tidemark
