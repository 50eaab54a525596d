// How many workers and threads fit, in sentences, and as JSON with schema "tidemark.size/1".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platforms/dyno_sizes.h"
#include "report/style.h"
#include "report/text_sink.h"
#include "simulate/sizing.h"

namespace tidemark {

enum class AppKind : std::uint8_t { kRuby, kNode };

// What was read of the workers, in bytes.
struct MeasuredWorkers {
  double total = 0;     // of the whole server, shared pages counted once
  double shared = 0;    // of that, all that is not private to a worker
  double own = 0;       // of a worker, private, on average
  double resident = 0;  // the sum of resident memory; 0: not known
};

// A setting that runs now, and what is known of it.
struct SizeSubject {
  SizingInput input;
  AppKind kind = AppKind::kRuby;
  std::size_t processes = 0;  // now; 0: not known
  std::size_t threads = 1;
  std::optional<DynoSize> platform;
  bool on_dyno = false;
  std::vector<std::string> known;  // sentences: what was measured, and what was taken to be so
  std::string confidence;          // "high", "medium", "low"
  bool at_least = false;           // the level is a lower bound
  std::optional<MeasuredWorkers> measured;
};

struct SizeAnswer {
  SizeSubject subject;
  Sizing sizing;
  std::optional<SizingCell> now;        // the present setting
  double needed = 0;                    // quota for the present setting, or for the least one
  std::optional<PeakCut> cut;           // of the present setting
  std::optional<SizingCell> scattered;  // the chosen setting if each thread keeps its own
};

SizeAnswer answer_size(const SizeSubject& subject);

std::string size_report(const SizeAnswer& answer, const TextStyle& style);

// What to paste: "WEB_CONCURRENCY=1", "RAILS_MAX_THREADS=2"...
std::vector<std::string> size_settings(const SizeAnswer& answer, const SizingCell& cell);

void write_size_json(TextSink& sink, const SizeAnswer& answer);

}  // namespace tidemark
