#include "heap/duplicate_list.h"

#include <algorithm>
#include <utility>

#include "heap/joined_text.h"

namespace tidemark {

void list_duplicates(std::vector<DuplicateText> groups, HeapGraph& graph) {
  std::erase_if(groups, [](const DuplicateText& group) { return group.count < 2; });
  for (DuplicateText& group : groups) {
    // One of them has to stay: an average one.
    group.wasted = group.bytes - group.bytes / group.count;
    graph.duplicate_waste += group.wasted;
  }
  graph.duplicate_groups += groups.size();
  constexpr std::size_t kListed = 1000;
  const std::size_t listed = std::min(kListed, groups.size());
  std::ranges::partial_sort(groups, groups.begin() + static_cast<std::ptrdiff_t>(listed),
                            [](const DuplicateText& a, const DuplicateText& b) {
                              return a.wasted != b.wasted ? a.wasted > b.wasted
                                                          : a.example < b.example;
                            });
  groups.resize(listed);
  graph.duplicate_texts = std::move(groups);
}

void name_duplicates(HeapGraph& graph) {
  constexpr std::size_t kMost = 1024;
  for (DuplicateText& group : graph.duplicate_texts) {
    group.preview = graph.words->intern(joined_text(graph, group.example, kMost).text);
  }
}

}  // namespace tidemark
