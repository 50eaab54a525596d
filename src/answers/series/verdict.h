// What recorded memory is doing, and why we think so: the question of `tidemark verdict`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "answers/series/load.h"
#include "answers/series/shapes.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "schema/fields.h"

namespace tidemark {

struct VerdictRequest {
  SeriesRequest series;
  double speedup = 1;  // one second stands for so many of production, for a load test
};

// What is worth doing next.
enum class VerdictStep : std::uint8_t {
  kTryAllocator,
  kTakeDumps,
  kTakeDumpAfterJump,
  kLookAtPicture,
};
template <>
inline constexpr auto kWordsOf<VerdictStep> = std::to_array<WordOf<VerdictStep>>({
    {VerdictStep::kTryAllocator, "try_allocator",
     "the same load with MALLOC_ARENA_MAX=2, and with jemalloc: what grows is no object"},
    {VerdictStep::kTakeDumps, "take_dumps", "three heap dumps while it grows"},
    {VerdictStep::kTakeDumpAfterJump, "take_dump_after_jump", "a heap dump right after a jump"},
    {VerdictStep::kLookAtPicture, "look_at_picture", "nothing to do"},
});

// Each series' verdict. Live heap after collections that was sampled beside the memory of the same
// processes is weighed with it, and is no series of its own.
struct VerdictAnswer {
  std::string input;
  std::vector<JudgedSeries> series;  // at least one
  std::size_t worst = 0;             // of `series`: that which matters most
  VerdictStep next = VerdictStep::kLookAtPicture;
  std::vector<Notice> notices;  // of the reader: a unit that was guessed, rows that were skipped
};

// Errors: as load_series(); kNotFound when there is no series. Thread-safe.
Result<VerdictAnswer> answer(const VerdictRequest& request, Monitor& monitor);

// The answer about series that are judged already: says which is the worst, and what to do next.
VerdictAnswer conclude(std::string input, std::vector<JudgedSeries> judged);

// Whether any of the series needs something done at once: what the exit code says.
bool is_alarming(const VerdictAnswer& answer);

// tidemark.verdict/2
void describe(Fields& fields, const VerdictAnswer& answer);

}  // namespace tidemark
