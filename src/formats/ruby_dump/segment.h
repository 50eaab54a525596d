// What the parser makes of one block of lines: packed rows, still in file order and with addresses
// as slot codes. A block that holds the end of one dump and the start of the next gives two
// segments. 32 bytes a row and 4 bytes a reference.
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/page_allocator.h"
#include "formats/ruby_dump/types.h"
#include "heap/vocabulary.h"

namespace tidemark::ruby {

struct Row {
  std::uint32_t code = 0;        // of the address; assembly replaces it by the node
  std::uint32_t class_code = 0;  // kNullCode: none
  std::uint32_t memsize = 0;     // 0xffffffff: see Segment::large_sizes
  std::uint32_t extent = 0;      // where has_detail(type): see detail_of()
  SiteId site;
  std::uint32_t generation = kNoGeneration;
  std::uint32_t reference_count = 0;
  Type type = Type::kUnknown;
  std::uint8_t flags = 0;       // NodeFlag
  std::uint16_t slot_size = 0;  // 0: not told
};

// A row of DATA or IMEMO has no extent, but the name of its struct or imemo type: StringId + 1.
constexpr bool has_detail(Type type) { return type == Type::kData || type == Type::kImemo; }
constexpr StringId detail_of(const Row& row) {
  return has_detail(row.type) && row.extent != 0 ? StringId(row.extent - 1) : StringId::none();
}

struct ClassRow {
  std::uint32_t row = 0;
  StringId name;
  StringId real_name;  // nearest named class, for singleton and anonymous ones
  std::uint32_t superclass_code = 0;
};

struct TextRow {
  std::uint32_t row = 0;
  std::uint32_t length = 0;  // of the text as written
  std::uint64_t hash = 0;
};

struct RootGroup {
  StringId name;
  std::vector<std::uint32_t> codes;
};

inline constexpr std::uint32_t kNoShape = 0xffffffffU;

struct ShapeRow {
  std::uint32_t id = 0;
  std::uint32_t parent = kNoShape;  // none: the root shape
  StringId field;                   // none: not a transition that adds a field
};

struct Segment {
  PageVector<Row> rows;
  PageVector<std::uint32_t> references;  // slot codes, row after row
  std::vector<ClassRow> classes;
  std::vector<RootGroup> roots;
  std::vector<ShapeRow> shapes;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> object_shapes;  // row, shape id
  std::vector<std::pair<std::uint32_t, std::uint64_t>> large_sizes;    // row, bytes
  PageVector<TextRow> texts;
  std::vector<std::pair<std::uint64_t, StringId>> previews;  // hash, text
  tsl::robin_map<std::uint32_t, std::uint64_t> free_slots;   // slot size -> how many
  bool begins_with_root = false;

  std::uint64_t lines = 0;
  std::uint64_t repaired_lines = 0;
  std::uint64_t damaged_lines = 0;
  std::uint64_t first_damaged_offset = 0;
  std::string first_damage;
  std::uint64_t unnumbered_objects = 0;  // on pages beyond kMaxPages
};

}  // namespace tidemark::ruby
