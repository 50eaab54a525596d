// Writes small Ruby heap dumps as each version of Ruby spells them.
//
//   DumpBuilder dump(Ruby::k33);
//   dump.root("vm", {0x1000});
//   dump.add({.address = 0x1000, .type = "ARRAY", .size = 1, .references = {0x2000}});
//   dump.add({.address = 0x2000, .type = "STRING", .value = "text"});
//   const std::string text = dump.text();
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark {

enum class Ruby : std::uint8_t { k21, k23, k31, k32, k33, k34, k40 };

inline constexpr Ruby kAllRubies[] = {Ruby::k21, Ruby::k23, Ruby::k31, Ruby::k32,
                                      Ruby::k33, Ruby::k34, Ruby::k40};

std::string_view version_name(Ruby version);  // "2.1"

// What transport or an editor may do to a dump.
struct DumpStyle {
  bool crlf = false;
  bool final_newline = true;
  bool tight = false;  // no space after a comma
  bool loose = false;  // a space after each colon, as other JSON writers put
  bool byte_order_mark = false;
  bool padded_addresses = false;  // 0x00007f..., as 2.x may print them
  std::uint64_t shuffle = 0;      // seed for the order of members; 0: as Ruby writes them
};

// One line of a dump. Members that a version does not know, or leaves out when they are 0 or empty,
// are left out.
struct DumpObject {
  std::uint64_t address = 0;
  std::string_view type = "OBJECT";
  std::uint64_t class_address = 0;
  std::uint32_t shape_id = 0;
  std::uint32_t slot_size = 40;
  bool frozen = false;
  bool embedded = false;
  bool shared = false;
  bool fstring = false;
  bool broken = false;
  bool singleton = false;
  bool complex_shape = false;
  std::optional<std::string_view> value = {};  // plain; written escaped
  std::optional<std::uint64_t> size = {};      // bytesize, length, size, ivars: what the type has
  std::uint64_t capacity = 0;
  std::string_view encoding = {};
  std::string_view imemo_type = {};
  std::string_view struct_name = {};
  std::string_view name = {};
  std::string_view real_class_name = {};
  std::uint64_t superclass = 0;
  std::vector<std::uint64_t> references = {};
  std::string_view file = {};
  std::uint64_t line = 0;
  std::string_view method = {};
  std::optional<std::uint64_t> generation = {};
  std::uint64_t memsize = 40;
  bool old = true;  // has a "flags" member; what stands in it depends on the version
};

class DumpBuilder {
 public:
  explicit DumpBuilder(Ruby version, DumpStyle style = {}) : version_(version), style_(style) {}

  void root(std::string_view name, const std::vector<std::uint64_t>& references);
  // Written from 3.2 on only. No parent: the root shape. No field: a shape that adds none.
  void shape(std::uint32_t id, std::optional<std::uint32_t> parent, std::string_view field = {});
  void add(const DumpObject& object);
  // A free slot, as dump_all(full: true) writes it.
  void free_slot(std::uint64_t address, std::uint32_t slot_size = 40, std::uint64_t next = 0);
  // Any text as one line.
  void raw_line(std::string_view line) { lines_.emplace_back(line); }

  [[nodiscard]] Ruby version() const { return version_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  [[nodiscard]] std::string text() const;

 private:
  using Members = std::vector<std::pair<std::string_view, std::string>>;

  [[nodiscard]] std::string address(std::uint64_t value) const;
  [[nodiscard]] std::string addresses(const std::vector<std::uint64_t>& values) const;
  [[nodiscard]] std::string escaped(std::string_view text) const;
  [[nodiscard]] std::string name_value(std::string_view text) const;
  [[nodiscard]] std::string flags() const;
  void add_class_members(const DumpObject& object, Members& members) const;
  void add_string_members(const DumpObject& object, Members& members) const;
  void add_content(const DumpObject& object, Members& members) const;
  void add_tracing(const DumpObject& object, Members& members) const;
  void write(Members members);

  Ruby version_;
  DumpStyle style_;
  std::vector<std::string> lines_;
};

}  // namespace tidemark
