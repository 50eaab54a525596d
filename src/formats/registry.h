// The formats that are known, one row each. A new one is a folder beside this file, which defines a
// Format, and a row in registry.cc: all else asks here. registry_test.cc then holds it to what
// format.h promises; give it an example of the new format.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "formats/format.h"

namespace tidemark {

// Those that hold heaps come first. Thread-safe, as is all below.
std::span<const Format* const> known_formats();

// What a stream of bytes is, from its beginning: the first row that says it is its own, since
// what a tool put before or around a heap does not hide it. Null: none does. `head`: see Format.
const Format* recognise(std::string_view head);

// Why this cannot be read as a heap, kNotADump: names the format, or, where it is of none, says
// what the bytes look like; and what can be read. `recognised` may be null. Without Error::file.
Error not_a_heap(const Format* recognised, std::string_view head);

}  // namespace tidemark
