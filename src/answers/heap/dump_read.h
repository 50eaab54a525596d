// What the reader saw of a dump.
#pragma once

#include <cstdint>
#include <string>

#include "schema/fields.h"

namespace tidemark {

struct ReadReport;

struct DumpRead {
  std::string format;               // "Ruby heap dump"
  std::uint64_t content_bytes = 0;  // uncompressed
  std::uint64_t lines = 0;
  std::uint64_t repaired_lines = 0;
  std::uint64_t damaged_lines = 0;
  std::uint64_t duplicate_addresses = 0;
  std::uint64_t dangling_references = 0;
};

DumpRead dump_read(const ReadReport& report);
void describe(Fields& fields, const DumpRead& read);

}  // namespace tidemark
