#include "support/dump_builder.h"

#include <fmt/format.h>

#include <random>

namespace tidemark {
namespace {

std::string number(std::uint64_t value) { return fmt::format("{}", value); }
std::string quoted(std::string_view text) { return fmt::format("\"{}\"", text); }

constexpr std::string_view kTrue = "true";

}  // namespace

std::string_view version_name(Ruby version) {
  switch (version) {
    case Ruby::k21:
      return "2.1";
    case Ruby::k23:
      return "2.3";
    case Ruby::k31:
      return "3.1";
    case Ruby::k32:
      return "3.2";
    case Ruby::k33:
      return "3.3";
    case Ruby::k34:
      return "3.4";
    case Ruby::k40:
      return "4.0";
  }
  return "";
}

std::string DumpBuilder::address(std::uint64_t value) const {
  if (value == 0) return "\"0x\"";
  if (style_.padded_addresses) return fmt::format("\"{:#018x}\"", value);
  return fmt::format("\"{:#x}\"", value);
}

std::string DumpBuilder::addresses(const std::vector<std::uint64_t>& values) const {
  std::string list = "[";
  for (const std::uint64_t value : values) {
    if (list.size() > 1) list += style_.tight ? "," : ", ";
    list += address(value);
  }
  return list + "]";
}

// 2.x writes control characters in decimal behind its \u, a bug that readers have to live with.
std::string DumpBuilder::escaped(std::string_view text) const {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  std::string out = "\"";
  for (const char c : text) {
    if (const auto at = kShort.find(c); at != std::string_view::npos) {
      out += '\\';
      out += kLetters[at];
    } else if (static_cast<unsigned char>(c) < 0x20 || (c == 0x7f && version_ >= Ruby::k31)) {
      out += version_ < Ruby::k31 ? fmt::format("\\u{:04d}", c) : fmt::format("\\u{:04x}", c);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// Names of classes are escaped from 3.4 on.
std::string DumpBuilder::name_value(std::string_view text) const {
  return version_ >= Ruby::k34 ? escaped(text) : quoted(text);
}

std::string DumpBuilder::flags() const {
  const std::string_view comma = style_.tight ? "," : ", ";
  const std::string_view colon = style_.loose ? ": " : ":";
  std::vector<std::string_view> names = {"wb_protected"};
  if (version_ >= Ruby::k40) names.emplace_back("age");
  names.emplace_back("old");
  if (version_ >= Ruby::k23) names.emplace_back("uncollectible");
  names.emplace_back("marked");
  std::string out = "{";
  for (const std::string_view name : names) {
    if (out.size() > 1) out += comma;
    out += fmt::format("\"{}\"{}{}", name, colon, name == "age" ? "3" : "true");
  }
  return out + "}";
}

void DumpBuilder::add_class_members(const DumpObject& object, Members& members) const {
  const bool since_31 = version_ >= Ruby::k31;
  if (version_ >= Ruby::k32 && object.type == "CLASS") members.emplace_back("variation_count", "0");
  if (since_31 && object.superclass != 0) {
    members.emplace_back("superclass", address(object.superclass));
  }
  if (object.type == "ICLASS") return;
  if (!object.name.empty()) {
    members.emplace_back("name", name_value(object.name));
  } else if (since_31 && !object.real_class_name.empty()) {
    members.emplace_back("real_class_name", quoted(object.real_class_name));
  }
  if (since_31 && object.singleton) members.emplace_back("singleton", kTrue);
}

void DumpBuilder::add_string_members(const DumpObject& object, Members& members) const {
  if (object.embedded) members.emplace_back("embedded", kTrue);
  if (object.broken && version_ < Ruby::k32) members.emplace_back("broken", kTrue);
  if (object.fstring) members.emplace_back("fstring", kTrue);
  if (object.shared) {
    members.emplace_back("shared", kTrue);
  } else {
    const std::size_t length = object.value ? object.value->size() : 0;
    members.emplace_back("bytesize", number(object.size.value_or(length)));
    if (object.capacity != 0) members.emplace_back("capacity", number(object.capacity));
    const bool empty_counts = version_ < Ruby::k32;
    if (object.value && (length > 0 || empty_counts)) {
      members.emplace_back("value", escaped(*object.value));
    }
  }
  if (!object.encoding.empty()) members.emplace_back("encoding", quoted(object.encoding));
  if (version_ >= Ruby::k32) members.emplace_back("coderange", "\"7bit\"");
  if (object.broken && version_ >= Ruby::k32) members.emplace_back("broken", kTrue);
}

// What only some types have.
void DumpBuilder::add_content(const DumpObject& object, Members& members) const {
  const std::string_view type = object.type;
  if (type == "CLASS" || type == "MODULE" || type == "ICLASS") {
    add_class_members(object, members);
  } else if (type == "STRING") {
    add_string_members(object, members);
  } else if (type == "SYMBOL" && object.value) {
    members.emplace_back("bytesize", number(object.value->size()));
    members.emplace_back("value", escaped(*object.value));
  } else if (type == "FLOAT" && object.value) {
    members.emplace_back("value", quoted(*object.value));
  } else if (type == "HASH") {
    members.emplace_back("size", number(object.size.value_or(0)));
  } else if (type == "ARRAY") {
    members.emplace_back("length", number(object.size.value_or(0)));
    if (object.embedded) members.emplace_back("embedded", kTrue);
    if (object.shared) members.emplace_back("shared", kTrue);
  } else if (type == "OBJECT") {
    if (object.embedded && version_ >= Ruby::k33) members.emplace_back("embedded", kTrue);
    members.emplace_back("ivars", number(object.size.value_or(0)));
    if (object.complex_shape && version_ >= Ruby::k32) {
      members.emplace_back("too_complex_shape", kTrue);
    }
  } else if (type == "DATA" && !object.struct_name.empty()) {
    members.emplace_back("struct", quoted(object.struct_name));
  } else if (type == "FILE") {
    members.emplace_back("fd", "-1");
  }
}

void DumpBuilder::add_tracing(const DumpObject& object, Members& members) const {
  if (!object.file.empty()) {
    members.emplace_back("file", quoted(object.file));
    if (object.line != 0 || version_ < Ruby::k31) {
      members.emplace_back("line", number(object.line));
    }
  }
  if (!object.method.empty()) {
    members.emplace_back("method",
                         version_ >= Ruby::k31 ? escaped(object.method) : quoted(object.method));
  }
  if (object.generation) members.emplace_back("generation", number(*object.generation));
}

void DumpBuilder::add(const DumpObject& object) {
  const bool imemo = object.type == "IMEMO";
  const bool fields = object.imemo_type == "fields";
  Members members;
  members.emplace_back("address", address(object.address));
  members.emplace_back("type", quoted(object.type));
  if (version_ >= Ruby::k32) {
    if (version_ < Ruby::k40 || !imemo || fields) {
      members.emplace_back("shape_id", number(object.shape_id));
    }
    members.emplace_back("slot_size", number(object.slot_size));
  }
  const bool has_class = object.class_address != 0 && object.type != "NODE" &&
                         (!imemo || version_ <= Ruby::k31 || (version_ >= Ruby::k40 && fields));
  if (has_class) members.emplace_back("class", address(object.class_address));
  if (object.frozen) members.emplace_back("frozen", kTrue);
  if (imemo && version_ >= Ruby::k31) members.emplace_back("imemo_type", quoted(object.imemo_type));
  add_content(object, members);
  if (!object.references.empty()) members.emplace_back("references", addresses(object.references));
  add_tracing(object, members);
  if (object.memsize != 0) members.emplace_back("memsize", number(object.memsize));
  if (object.old) members.emplace_back("flags", flags());
  write(std::move(members));
}

void DumpBuilder::root(std::string_view name, const std::vector<std::uint64_t>& references) {
  write({{"type", "\"ROOT\""}, {"root", quoted(name)}, {"references", addresses(references)}});
}

void DumpBuilder::shape(std::uint32_t id, std::optional<std::uint32_t> parent,
                        std::string_view field) {
  if (version_ < Ruby::k32) return;
  constexpr std::uint64_t kTable = 0x7f0000800000;  // outside of the heap
  constexpr std::uint64_t kStep = 32;
  Members members = {{"address", address(kTable + kStep * id)}, {"type", "\"SHAPE\""}};
  members.emplace_back("id", number(id));
  if (parent) members.emplace_back("parent_id", number(*parent));
  members.emplace_back("depth", parent ? "2" : "1");
  if (!field.empty()) {
    members.emplace_back("shape_type", "\"IVAR\"");
    members.emplace_back("edge_name", escaped(field));
  } else if (!parent) {
    members.emplace_back("shape_type", "\"ROOT\"");
  } else if (version_ < Ruby::k40) {
    members.emplace_back("shape_type", "\"FROZEN\"");
  }
  members.emplace_back("edges", "0");
  members.emplace_back("memsize", "32");
  write(std::move(members));
}

void DumpBuilder::free_slot(std::uint64_t at, std::uint32_t slot_size, std::uint64_t next) {
  Members members = {{"address", address(at)}, {"type", "\"NONE\""}};
  if (version_ >= Ruby::k32) {
    members.emplace_back("shape_id", "0");
    members.emplace_back("slot_size", number(slot_size));
  }
  if (next != 0) members.emplace_back("class", address(next));
  write(std::move(members));
}

void DumpBuilder::write(Members members) {
  if (style_.shuffle != 0) {
    std::mt19937_64 random(style_.shuffle + lines_.size());
    for (std::size_t i = members.size(); i > 1; --i) {
      std::swap(members[i - 1], members[random() % i]);
    }
  }
  std::string line = "{";
  for (const auto& [name, value] : members) {
    if (line.size() > 1) line += style_.tight || name == "edge_name" ? "," : ", ";
    line += fmt::format("\"{}\":{}{}", name, style_.loose ? " " : "", value);
  }
  lines_.push_back(line + "}");
}

std::string DumpBuilder::text() const {
  const std::string_view newline = style_.crlf ? "\r\n" : "\n";
  std::string out = style_.byte_order_mark ? "\xef\xbb\xbf" : "";
  for (const std::string& line : lines_) {
    if (&line != &lines_.front()) out += newline;
    out += line;
  }
  if (style_.final_newline && !lines_.empty()) out += newline;
  return out;
}

}  // namespace tidemark
