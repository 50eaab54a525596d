// Heap dumps of one run, one after the other: how much lives in each, and in the end what grew.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analysis/path_growth.h"
#include "base/monitor.h"
#include "base/result.h"
#include "reproduce/reproduction.h"

namespace tidemark {

struct LiveHeap {
  std::uint64_t bytes = 0;          // of what the roots reach, without an allocation tracer's own
  std::uint64_t program_bytes = 0;  // of these: classes, compiled code, the runtime's own
  std::uint64_t objects = 0;
};

// Holds one heap at a time.
class HeapSeries {
 public:
  // Reads a dump. `name`: what to call it. Errors: those of HeapFile; kUnsupported for a dump
  // without roots.
  Result<LiveHeap> add(const std::string& path, const std::string& name, std::uint64_t requests,
                       Monitor& monitor);
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  // Ends the series. Null when it has fewer than two dumps. Errors: kCancelled.
  Result<std::unique_ptr<DumpSuspects>> suspects(Monitor& monitor);

 private:
  std::shared_ptr<Vocabulary> words_ = std::make_shared<Vocabulary>();
  PathGrowth growth_;
  HeapGraph last_;
  Dominators dominators_;
  std::vector<std::string> names_;
  std::vector<std::uint64_t> requests_;
};

}  // namespace tidemark
