// Why one object is alive, as text and as JSON (schema tidemark.retainers/1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/dominators.h"
#include "analysis/referrers.h"
#include "analysis/retaining_paths.h"
#include "heap/graph.h"
#include "report/style.h"
#include "report/text_sink.h"

namespace tidemark {

struct Retainers {
  std::uint32_t node = 0;
  std::string chosen;  // how it was chosen, when a class name was asked for; may be empty
  RetainingPaths paths;
  std::vector<std::uint32_t> dominators;  // from the root to the object
  Referrers referrers;
  std::optional<std::int32_t> distance;  // V8: as DevTools counts it
};

std::string retainers_text(const Retainers& retainers, const HeapGraph& graph,
                           const Dominators& dominators, std::size_t limit, const TextStyle& style);
void retainers_json(const Retainers& retainers, const HeapGraph& graph,
                    const Dominators& dominators, std::size_t limit, TextSink& sink);

}  // namespace tidemark
