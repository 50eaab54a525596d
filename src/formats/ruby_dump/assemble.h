// Makes a HeapGraph of the parsed segments of one dump.
//
// Addresses become node numbers, rows become columns, references become edges; segments are freed
// as they are used up, so the peak is about 36 bytes an object and 4 to 8 bytes a reference.
#pragma once

#include <memory>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "formats/ruby_dump/record_parser.h"

namespace tidemark::ruby {

struct AssemblyOptions {
  bool content = false;      // fill HeapGraph::content
  bool duplicates = false;   // fill HeapGraph::duplicate_texts
  bool name_holders = true;  // say who holds an anonymous class
  unsigned threads = 1;
};

// Consumes the segments. Errors: kTooLarge, kCancelled.
Result<HeapGraph> assemble(std::vector<Segment> segments, const PageDictionary& pages,
                           std::shared_ptr<Vocabulary> words, const AssemblyOptions& options,
                           Monitor& monitor);

}  // namespace tidemark::ruby
