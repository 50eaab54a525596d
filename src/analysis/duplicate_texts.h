// Strings of one text, in a heap whose strings have theirs (V8).
#pragma once

#include <vector>

#include "heap/graph.h"

namespace tidemark {

// Groups of strings and concatenated strings, whether joined or not; without previews. Texts of
// 1,024 characters and more are left out: the snapshot cuts them off there, and whether they go on
// alike, nobody knows. Memory: 4 bytes a text of the table, 28 an unjoined string.
std::vector<DuplicateText> find_duplicate_texts(const HeapGraph& graph);

}  // namespace tidemark
