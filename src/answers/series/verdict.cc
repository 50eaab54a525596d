#include "answers/series/verdict.h"

#include <algorithm>
#include <utility>

#include "verdict/heap_beside.h"

namespace tidemark {
namespace {

// The live heap of the same processes, where the input has it too.
const MemorySeries* heap_beside(const SeriesSet& set, const MemorySeries& series) {
  if (series.kind == MemoryKind::kHeapAfterGc) return nullptr;
  const auto found = std::ranges::find_if(set.series, [&](const MemorySeries& other) {
    return other.kind == MemoryKind::kHeapAfterGc && other.name == series.name;
  });
  return found == set.series.end() ? nullptr : &*found;
}

// A heap whose process is judged with it needs no verdict of its own.
bool is_heap_beside(const SeriesSet& set, const MemorySeries& series) {
  return series.kind == MemoryKind::kHeapAfterGc &&
         std::ranges::any_of(set.series, [&](const MemorySeries& other) {
           return other.kind != MemoryKind::kHeapAfterGc && other.name == series.name;
         });
}

double weight_of(const JudgedSeries& one) {
  switch (one.verdict.kind) {
    case VerdictKind::kLeak:
      return 4 + one.verdict.confidence;
    case VerdictKind::kOvercommitted:
      return 3 + one.verdict.confidence;
    case VerdictKind::kBloat:
      return 2;
    case VerdictKind::kInsufficient:
      return 0;
    default:
      return 1;
  }
}

VerdictStep next_step(const std::vector<JudgedSeries>& judged) {
  const auto any = [&](VerdictKind kind) {
    return std::ranges::any_of(judged,
                               [&](const JudgedSeries& one) { return one.verdict.kind == kind; });
  };
  const bool outside = std::ranges::any_of(judged, [](const JudgedSeries& one) {
    return one.verdict.heap && one.verdict.heap->says == HeapSays::kGrowthIsOutside;
  });
  if (outside) return VerdictStep::kTryAllocator;
  if (any(VerdictKind::kLeak)) return VerdictStep::kTakeDumps;
  return any(VerdictKind::kBloat) ? VerdictStep::kTakeDumpAfterJump : VerdictStep::kLookAtPicture;
}

}  // namespace

VerdictAnswer conclude(std::string input, std::vector<JudgedSeries> judged) {
  VerdictAnswer out;
  const auto worst = std::ranges::max_element(judged, {}, weight_of);
  out.worst = static_cast<std::size_t>(worst - judged.begin());
  out.next = next_step(judged);
  out.input = std::move(input);
  out.series = std::move(judged);
  return out;
}

Result<VerdictAnswer> answer(const VerdictRequest& request, Monitor& monitor) {
  auto set = load_series(request.series, monitor);
  if (!set) return std::unexpected(set.error());
  if (set->series.empty()) return fail(ErrorCode::kNotFound, "there is no series of memory in it");
  std::vector<JudgedSeries> judged;
  std::vector<MemorySeries*> sources;
  for (MemorySeries& series : set->series) {
    if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "stopped");
    if (is_heap_beside(*set, series)) continue;
    Verdict verdict = judge(series, {.speedup = request.speedup});
    if (const MemorySeries* heap = heap_beside(*set, series); heap != nullptr) {
      weigh_heap(verdict, judge(*heap, {.speedup = request.speedup}));
    }
    Attribution attribution = attribute_growth(series, verdict);
    judged.push_back({{}, std::move(verdict), std::move(attribution)});
    sources.push_back(&series);
  }
  for (std::size_t i = 0; i < judged.size(); ++i) judged[i].series = std::move(*sources[i]);
  VerdictAnswer out = conclude(request.series.input, std::move(judged));
  out.notices = std::move(set->notices);
  return out;
}

bool is_alarming(const VerdictAnswer& answer) {
  return std::ranges::any_of(answer.series,
                             [](const JudgedSeries& one) { return is_alarming(one.verdict.kind); });
}

void describe(Fields& fields, const VerdictAnswer& answer) {
  fields.document("verdict", 2, "What memory over time is doing, and why we think so.",
                  answer.notices);
  fields("input", answer.input, "what was judged: a path, a URL, a process");
  fields("worst", answer.worst, "the series that matters most: its place in `series`, from 0");
  fields("next_step", answer.next, "what is worth doing next");
  fields("series", answer.series, "each with its verdict");
}

}  // namespace tidemark
