#include "series/series.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

std::string_view memory_kind_name(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::kTotal:
      return "resident + swap";
    case MemoryKind::kResident:
      return "resident";
    case MemoryKind::kProportional:
      return "proportional + swap";
    case MemoryKind::kControlGroup:
      return "control group";
    case MemoryKind::kHeapAfterGc:
      return "heap after collection";
    case MemoryKind::kPrivate:
      return "private to the workers";
  }
  return {};
}

std::string_view event_kind_name(EventKind kind) {
  switch (kind) {
    case EventKind::kRestart:
      return "restart";
    case EventKind::kDeploy:
      return "deploy";
    case EventKind::kOutOfMemory:
      return "out of memory";
    case EventKind::kOverQuota:
      return "over quota";
    case EventKind::kTimeout:
      return "timeout";
    case EventKind::kScale:
      return "scaled";
  }
  return {};
}

bool ends_life(EventKind kind) {
  return kind == EventKind::kRestart || kind == EventKind::kDeploy ||
         kind == EventKind::kOutOfMemory;
}

void SeriesSet::note(std::string code, std::string message) {
  notices.push_back({.code = std::move(code),
                     .message = std::move(message),
                     .file = {},
                     .offset = {},
                     .hint = {}});
}

void MemorySeries::put_in_order() {
  std::erase_if(samples, [](const MemorySample& sample) {
    return !std::isfinite(sample.time) || !std::isfinite(sample.bytes);
  });
  std::erase_if(events, [](const SeriesEvent& event) { return !std::isfinite(event.time); });
  const auto earlier = [](const auto& a, const auto& b) { return a.time < b.time; };
  if (!std::is_sorted(samples.begin(), samples.end(), earlier)) {
    std::stable_sort(samples.begin(), samples.end(), earlier);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i + 1 < samples.size() && samples[i + 1].time == samples[i].time) continue;
    samples[kept++] = samples[i];
  }
  samples.resize(kept);
  std::stable_sort(events.begin(), events.end(), earlier);
  const auto same = [](const SeriesEvent& a, const SeriesEvent& b) {
    return a.time == b.time && a.kind == b.kind && a.detail == b.detail;
  };
  events.erase(std::unique(events.begin(), events.end(), same), events.end());
}

}  // namespace tidemark
