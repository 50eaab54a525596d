// What captures are and how they are taken, as documents say it.
#pragma once

#include "capture/capture.h"
#include "schema/fields.h"

namespace tidemark {

template <>
inline constexpr auto kWordsOf<CaptureMethod> = std::to_array<WordOf<CaptureMethod>>({
    {CaptureMethod::kFork, "fork", "from a forked copy of the process"},
    {CaptureMethod::kInjection, "injection", "a question to the process itself"},
    {CaptureMethod::kInspector, "inspector", "Node.js: in the process, through its debugger"},
    {CaptureMethod::kRbtrace, "rbtrace", "Ruby: through the gem of that name, where it is loaded"},
    {CaptureMethod::kPreload, "preload", "by a file of tidemark's that the app has loaded"},
});

template <>
inline constexpr auto kWordsOf<CaptureKind> = std::to_array<WordOf<CaptureKind>>({
    {CaptureKind::kHeap, "heap", "every object and what it holds"},
    {CaptureKind::kGcStats, "gc_stats", "the collector's statistics"},
    {CaptureKind::kAllocationProfile, "alloc_profile",
     "what allocates: Node.js by sampling, Ruby as a heap with where objects came from"},
    {CaptureKind::kAllocationTimeline, "alloc_timeline", "Node.js: every allocation"},
    {CaptureKind::kCpuProfile, "cpu_profile", "Node.js: what computes"},
});

}  // namespace tidemark
