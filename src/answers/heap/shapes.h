// What answers about heaps are made of: a place in code, an object, a step of a path. Texts are as
// they stand in the dump.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "heap/graph.h"
#include "schema/fields.h"

namespace tidemark {

// A place in the app's code.
struct CodePlace {
  std::string site;  // "app/models/user.rb:19", as far as it is known
  std::optional<std::string> file{};
  std::optional<std::uint32_t> line{};
  std::optional<std::uint32_t> column{};
  std::optional<std::string> method{};
  std::optional<std::string> source{};  // the line itself, where asked for and at hand
};

struct ObjectRef {
  std::string object;                    // what it is called: "Array (3,902)"
  std::optional<std::string> address{};  // "0x7f64ba232208", V8: "@1234"; none for a root
  std::string class_name;
};

// A step of a path from a root to an object.
struct PathStep {
  std::optional<std::string> edge{};  // what the reference to it is called; none: not known
  std::string object;
  std::optional<std::string> address{};
  std::string class_name;
  std::string type;  // the runtime's own: "ARRAY", "closure"
  Role role = Role::kObject;
  std::optional<std::string> site{};  // where it was allocated, or defined
};

// Nothing for a site that says nothing. `source`: with the line, where its file is at hand.
std::optional<CodePlace> code_place(const HeapGraph& graph, SiteId site, bool source);
ObjectRef object_ref(const HeapGraph& graph, std::uint32_t node);
std::vector<PathStep> path_steps(const HeapGraph& graph, std::span<const std::uint32_t> path);

// The first fields of a record that is about a place in code.
void describe_place(Fields& fields, const CodePlace& place);

void describe(Fields& fields, const CodePlace& place);
void describe(Fields& fields, const ObjectRef& object);
void describe(Fields& fields, const PathStep& step);

template <>
inline constexpr auto kWordsOf<Role> = std::to_array<WordOf<Role>>({
    {Role::kRoot, "root", "a root or a group of roots"},
    {Role::kObject, "object", "an instance with named fields"},
    {Role::kStruct, "struct", "a record with positional fields"},
    {Role::kArray, "array", ""},
    {Role::kMap, "map", ""},
    {Role::kString, "string", ""},
    {Role::kNumber, "number", "and other leaf values: symbols, regexps"},
    {Role::kClass, "class", "classes and modules"},
    {Role::kData, "data", "memory of native code behind an object"},
    {Role::kCode, "code", "procs, methods, compiled code"},
    {Role::kInternal, "internal", "the runtime's own bookkeeping"},
});

}  // namespace tidemark
