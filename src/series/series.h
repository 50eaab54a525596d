// Memory over time: what every source delivers and every verdict is made of.
//
// One series is one thing that has memory: a process, a dyno's slot, an instance, or the total of
// several. It may hold several lives, one after another; the events say where a life is known to
// have ended. Times are seconds since 1970 (UTC), sizes are bytes.
//
// Plain data: safe to read from several threads, to change from one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/notice.h"

namespace tidemark {

// What the bytes of a series count.
enum class MemoryKind : std::uint8_t {
  kTotal,         // resident + swap: what a quota counts
  kResident,      // RSS alone; hides growth once a process is swapped out
  kProportional,  // PSS + swap: shared pages are split over those who share them
  kControlGroup,  // what the kernel counts for a container
  kHeapAfterGc,   // live heap right after a major collection; the best signal there is
  kPrivate,       // of a server's workers together, what they share with nobody; beside its total
};
std::string_view memory_kind_name(MemoryKind kind);  // "resident + swap"

enum class EventKind : std::uint8_t {
  kRestart,      // a new life began
  kDeploy,       // a new life with new code
  kOutOfMemory,  // killed for its memory; a new life follows
  kOverQuota,    // the platform warned (R14); the life goes on
  kTimeout,      // a request took too long (H12)
  kScale,        // the number of instances was changed
};
std::string_view event_kind_name(EventKind kind);  // "restart"
bool ends_life(EventKind kind);

struct SeriesEvent {
  double time = 0;
  EventKind kind = EventKind::kRestart;
  std::string detail;  // "v212", "Error R14 (Memory quota exceeded)"; may be empty
};

inline constexpr double kUnknownRequests = std::numeric_limits<double>::quiet_NaN();

struct MemorySample {
  double time = 0;
  double bytes = 0;
  double requests = kUnknownRequests;  // served since the previous sample
  std::uint32_t workers = 0;           // processes that share the work; 0: unknown
};

// How often one endpoint was asked, in ten-second pieces.
inline constexpr double kEndpointSeconds = 10;
struct EndpointTraffic {
  std::string endpoint;                                  // "GET /users/:id"
  std::vector<std::pair<double, std::uint32_t>> counts;  // begin of the piece, requests; in order
};

struct MemorySeries {
  std::string name;  // "web.1", "puma[4711]"
  MemoryKind kind = MemoryKind::kTotal;
  double quota = 0;  // bytes that may be used; 0: unknown
  std::vector<MemorySample> samples;
  std::vector<SeriesEvent> events;
  std::vector<EndpointTraffic> endpoints;  // where the source tells them apart

  // Sorts samples and events by time; of samples with the same time the last one stays, and equal
  // events count once. Samples without a finite time or size are dropped.
  void put_in_order();
};

// What one input holds.
struct SeriesSet {
  std::vector<MemorySeries> series;
  std::vector<Notice> notices;  // what was guessed, skipped or odd

  void note(std::string code, std::string message);
};

}  // namespace tidemark
