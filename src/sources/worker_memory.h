// What the workers of a server share, and what each has for itself.
//
// The whole server takes total = shared + workers x own: `own` is what a worker shares with nobody
// (what its end would free, and one more of them would take), and all else is counted as shared:
// pages that forked workers still have in common, the program and its libraries, the master. Sums
// of resident memory count what is shared once for each process.
#pragma once

#include <cstddef>
#include <optional>

#include "series/series.h"
#include "sources/process_sampler.h"

namespace tidemark {

struct WorkerMemory {
  std::size_t workers = 0;
  double total = 0;  // bytes of the whole server, shared pages counted once
  double own = 0;    // of a worker, on average
  double least = 0;  // of them; 0: not known
  double most = 0;
  double resident = 0;  // what adding up resident memory would say; 0: not known

  [[nodiscard]] double shared() const {
    const double rest = total - static_cast<double>(workers) * own;
    return rest > 0 ? rest : 0;
  }
};

// As last sampled. None: nothing runs, or its smaps may not be read.
std::optional<WorkerMemory> worker_memory(const ProcessSampler& sampler);

// As a history has it: `own` is the series of MemoryKind::kPrivate beside `total`. Of the last
// quarter of the samples that both have, with the number of workers that most of them had. None:
// they have hardly any in common.
std::optional<WorkerMemory> worker_memory(const MemorySeries& total, const MemorySeries& own);

}  // namespace tidemark
