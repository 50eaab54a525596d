// The types of slot that MRI writes, and what each is to an analysis.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "heap/graph.h"

namespace tidemark::ruby {

enum class Type : std::uint8_t {
  kRoot,
  kObject,
  kClass,
  kIclass,
  kModule,
  kFloat,
  kString,
  kRegexp,
  kArray,
  kHash,
  kStruct,
  kBignum,
  kFile,
  kData,
  kMatch,
  kSymbol,
  kRational,
  kComplex,
  kImemo,
  kNode,
  kZombie,
  kNil,
  kTrue,
  kFalse,
  kFixnum,
  kUndef,
  kUnknown,
  kNone,   // a free slot; a node only where every line of the dump is asked for
  kShape,  // a description of objects' fields; likewise
  kCount,
};

struct TypeInfo {
  std::string_view name;
  Role role;
};

inline constexpr std::array<TypeInfo, static_cast<std::size_t>(Type::kCount)> kTypes = {{
    {"ROOT", Role::kRoot},      {"OBJECT", Role::kObject},   {"CLASS", Role::kClass},
    {"ICLASS", Role::kClass},   {"MODULE", Role::kClass},    {"FLOAT", Role::kNumber},
    {"STRING", Role::kString},  {"REGEXP", Role::kNumber},   {"ARRAY", Role::kArray},
    {"HASH", Role::kMap},       {"STRUCT", Role::kStruct},   {"BIGNUM", Role::kNumber},
    {"FILE", Role::kData},      {"DATA", Role::kData},       {"MATCH", Role::kNumber},
    {"SYMBOL", Role::kNumber},  {"RATIONAL", Role::kNumber}, {"COMPLEX", Role::kNumber},
    {"IMEMO", Role::kInternal}, {"NODE", Role::kInternal},   {"ZOMBIE", Role::kInternal},
    {"NIL", Role::kNumber},     {"TRUE", Role::kNumber},     {"FALSE", Role::kNumber},
    {"FIXNUM", Role::kNumber},  {"UNDEF", Role::kInternal},  {"UNKNOWN", Role::kInternal},
    {"NONE", Role::kInternal},  {"SHAPE", Role::kInternal},
}};
static_assert(!kTypes.back().name.empty(), "every type has its name");

constexpr Type type_named(std::string_view name) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i].name == name) return static_cast<Type>(i);
  }
  return Type::kUnknown;
}

constexpr bool is_class_like(Type type) {
  return type == Type::kClass || type == Type::kModule || type == Type::kIclass;
}

}  // namespace tidemark::ruby
