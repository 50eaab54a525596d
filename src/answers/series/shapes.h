// What documents say of memory over time: a series and what was made of it, with the words for its
// kinds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schema/fields.h"
#include "series/series.h"
#include "verdict/attribution.h"
#include "verdict/verdict.h"

namespace tidemark {

template <>
inline constexpr auto kWordsOf<VerdictKind> = std::to_array<WordOf<VerdictKind>>({
    {VerdictKind::kSteady, "steady", "it has settled and stays"},
    {VerdictKind::kWarming, "warming", "it rises and will settle"},
    {VerdictKind::kLeak, "leak", "it rises and nothing says that it will stop"},
    {VerdictKind::kOvercommitted, "overcommitted",
     "it settles, above the quota: too many workers, not a leak"},
    {VerdictKind::kBloat, "bloat", "it came at once, with single requests"},
    {VerdictKind::kInsufficient, "insufficient", "no life is long enough to say"},
});

template <>
inline constexpr auto kWordsOf<MemoryKind> = std::to_array<WordOf<MemoryKind>>({
    {MemoryKind::kTotal, "resident_and_swap", "what a quota counts"},
    {MemoryKind::kResident, "resident", "without what was swapped out"},
    {MemoryKind::kProportional, "proportional_and_swap",
     "pages that processes share are split over them"},
    {MemoryKind::kControlGroup, "control_group", "what the kernel counts for a container"},
    {MemoryKind::kHeapAfterGc, "heap_after_collection", "live objects after a major collection"},
    {MemoryKind::kPrivate, "private", "what the workers share with nobody, together"},
});

template <>
inline constexpr auto kWordsOf<EventKind> = std::to_array<WordOf<EventKind>>({
    {EventKind::kRestart, "restart", "a new life began"},
    {EventKind::kDeploy, "deploy", "a new life with new code"},
    {EventKind::kOutOfMemory, "out_of_memory", "killed for its memory; a new life follows"},
    {EventKind::kOverQuota, "over_quota", "the platform warned; the life goes on"},
    {EventKind::kTimeout, "timeout", "a request took too long"},
    {EventKind::kScale, "scaled", "the number of instances was changed"},
});

template <>
inline constexpr auto kWordsOf<LifeStart> = std::to_array<WordOf<LifeStart>>({
    {LifeStart::kFirstSample, "first_sample", "it may have run before"},
    {LifeStart::kRestart, "restart", "it was restarted"},
    {LifeStart::kDeploy, "deploy", "it was deployed"},
    {LifeStart::kOutOfMemory, "out_of_memory", "the life before was killed"},
    {LifeStart::kInferred, "inferred",
     "nobody said so, but memory fell as only a restart makes it"},
});

template <>
inline constexpr auto kWordsOf<HeapSays> = std::to_array<WordOf<HeapSays>>({
    {HeapSays::kNothingYet, "nothing_yet", "too few samples of the heap"},
    {HeapSays::kAgrees, "agrees", "the same as memory does"},
    {HeapSays::kObjectsLeak, "objects_leak", "what grows are objects"},
    {HeapSays::kGrowthIsOutside, "growth_is_outside",
     "memory grows and the heap does not: native memory or fragmentation"},
});

// A series, and what it shows.
struct JudgedSeries {
  MemorySeries series;  // as it was judged
  Verdict verdict;
  Attribution attribution;
};

// Something to do about it at once: a leak, too many workers.
bool is_alarming(VerdictKind kind);

// Computed sizes as documents say them: rounded; 0 and less for what is not known.
std::int64_t whole_bytes(double bytes);
std::optional<std::int64_t> known_bytes(double bytes);

void describe(Fields& fields, const SeriesEvent& event);
void describe(Fields& fields, const VerdictLife& life);
void describe(Fields& fields, const VerdictJump& jump);
void describe(Fields& fields, const HeapBeside& heap);
void describe(Fields& fields, const CurvePoint& point);
void describe(Fields& fields, const JumpSuspect& suspect);
void describe(Fields& fields, const SlopeSuspect& suspect);
void describe(Fields& fields, const Attribution& attribution);
void describe(Fields& fields, const JudgedSeries& judged);

// Memory over time in few numbers: of neighbouring samples, what they have in common.
struct MemoryPiece {
  double begin = 0;  // seconds since 1970, of its first sample
  double end = 0;    // of its last
  std::size_t samples = 0;
  double mean = 0;  // bytes
  double low = 0;
  double high = 0;
};
void describe(Fields& fields, const MemoryPiece& piece);

// Pieces of the same length of time, at most `most` of them; those without a sample are left out.
// Samples in order of time.
std::vector<MemoryPiece> thin_out(const std::vector<MemorySample>& samples, std::size_t most);

}  // namespace tidemark
