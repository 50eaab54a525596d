// Memory of live processes, or of a log that still grows, and the verdict as it forms: the question
// of `tidemark watch`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "answers/series/shapes.h"
#include "answers/series/verdict.h"
#include "answers/series/watch_clock.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "host/host.h"
#include "schema/fields.h"

namespace tidemark {

// Sampling live heap after collections too, of Ruby and Node.js.
struct WatchHeap {
  double every_seconds = 60;
  bool collect = false;  // have it collect before each reading
};

struct WatchRequest {
  // A pid or the name of a program, with all processes below it; "-": a Heroku log.
  std::string target;
  std::string only;  // of a log, this dyno; empty: the one that uses most of its quota
  double every_seconds = 1;
  double for_seconds = std::numeric_limits<double>::infinity();
  // What the samples do not say, or say otherwise; 0: as found.
  double quota_bytes = 0;
  std::uint32_t workers = 0;
  double speedup = 1;
  std::optional<WatchHeap> heap;  // of processes
  std::string record;             // a history's path, or the URL of a server; empty: nowhere
};

struct WatchedProcess {
  int pid = 0;       // 0: not known
  std::string name;  // "puma[4711]"
  double bytes = 0;  // proportional with swap, or resident with swap where that may not be read
  std::optional<double> unique = {};  // what its end would free
  double resident = 0;
  double swap = 0;
  std::uint32_t threads = 0;
};

// Sums over the processes whose heap is read.
struct WatchedHeap {
  double live = 0;  // bytes of objects after collections
  double size = 0;  // what the runtimes' heaps take
};

// What one look saw.
struct WatchLook {
  double time = 0;  // seconds since 1970
  std::string title;
  bool running = false;                    // does the target run at the moment?
  std::optional<double> bytes = {};        // of the whole, as last seen
  double quota = 0;                        // bytes; 0: not known
  std::optional<double> pressure_percent;  // of the time that tasks waited for memory
  std::vector<WatchedProcess> processes;
  std::optional<WatchedHeap> heap;
  VerdictKind verdict = VerdictKind::kInsufficient;
  double confidence = 0;
  bool last = false;  // there will be no other
};

// A restart, a kill, a warning of the platform.
struct WatchEvent {
  std::string title;
  SeriesEvent event;
};

// The verdict is another one than at the look before.
struct VerdictChange {
  double time = 0;
  std::string title;
  VerdictKind before = VerdictKind::kInsufficient;
  VerdictKind after = VerdictKind::kInsufficient;
  double confidence = 0;  // of the new one
};

// What is watched has gone, or is back.
struct TargetChange {
  double time = 0;
  std::string title;
  bool running = false;
};

void describe(Fields& fields, const WatchedProcess& process);
void describe(Fields& fields, const WatchedHeap& heap);
void describe(Fields& fields, const WatchLook& look);
void describe(Fields& fields, const WatchEvent& event);
void describe(Fields& fields, const VerdictChange& change);
void describe(Fields& fields, const TargetChange& change);

// Is told while it happens, in the thread that asked. What belongs to a look comes before it.
class WatchListener {
 public:
  WatchListener() = default;
  WatchListener(const WatchListener&) = delete;
  WatchListener& operator=(const WatchListener&) = delete;
  virtual ~WatchListener() = default;

  // `so_far`: all samples and what they show, without attribution; as long as the call lasts.
  virtual void looked(const WatchLook& /*look*/, const JudgedSeries& /*so_far*/) {}
  virtual void happened(const WatchEvent& /*event*/) {}
  virtual void verdict_changed(const VerdictChange& /*change*/) {}
  virtual void target_changed(const TargetChange& /*change*/) {}
  // The watch goes on without: a history that cannot be written, a heap that cannot be read.
  virtual void failed(const Notice& /*notice*/) {}
};

// Where it looks; other than this machine in tests.
struct WatchSurroundings {
  WatchClock* clock = nullptr;         // null: that of the system
  const Host* host = &this_machine();  // where its processes run
  int log = 0;                         // descriptor of the log; 0: standard input
};

// Watches until the time is over, the log ends or `monitor` is cancelled; each of them ends with
// the verdict. Codes of notices: not_recorded, no_heap. Errors: those of HistoryStore::open();
// kNotFound when no such process runs.
Result<VerdictAnswer> answer(const WatchRequest& request, WatchListener& listener, Monitor& monitor,
                             const WatchSurroundings& surroundings = {});

}  // namespace tidemark
