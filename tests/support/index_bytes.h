// Index files as plain bytes, for tests that damage them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "heap/graph.h"
#include "heap/section_file.h"

namespace tidemark {

// A graph with something in every column and every table.
HeapGraph full_graph();

// Its members, one by one; empty when they are equal. Words count as text.
std::string difference(const HeapGraph& a, const HeapGraph& b);

std::string bytes_of(const SectionFileWriter& sections);
std::string index_bytes(const HeapGraph& graph);

// Opens an aligned copy of the bytes and compares the checksums.
Result<SectionFile> verified(std::string_view bytes);

}  // namespace tidemark
