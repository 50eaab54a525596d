#include "answers/heap/dump_read.h"

#include "heap/graph.h"

namespace tidemark {

DumpRead dump_read(const ReadReport& report) {
  return {.format = report.format,
          .content_bytes = report.content_bytes,
          .lines = report.lines,
          .repaired_lines = report.repaired_lines,
          .damaged_lines = report.damaged_lines,
          .duplicate_addresses = report.duplicate_addresses,
          .dangling_references = report.dangling_references};
}

void describe(Fields& fields, const DumpRead& read) {
  fields.record("DumpRead", "What the reader saw of a dump.");
  fields("format", read.format, "Ruby heap dump, V8 heap snapshot...");
  fields("content_bytes", read.content_bytes, "of the dump, after decompression");
  fields("lines", read.lines, "of the dump");
  fields("repaired_lines", read.repaired_lines, "broken by the runtime's own bugs, and read");
  fields("damaged_lines", read.damaged_lines, "left out");
  fields("duplicate_addresses", read.duplicate_addresses,
         "records left out: a second one of these");
  fields("dangling_references", read.dangling_references, "left out: they lead to no object");
}

}  // namespace tidemark
