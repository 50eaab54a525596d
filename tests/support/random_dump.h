// Ruby heap dumps of random content.
#pragma once

#include <cstdint>
#include <string>

#include "support/dump_builder.h"

namespace tidemark {

// A dump with a bit of everything: every type, cycles, dangling references, repeated addresses,
// classes of all kinds, traced objects and others, and about one line in a hundred that is broken
// in one of the ways that Ruby or a copy breaks them. The version follows from the seed.
std::string random_dump(std::uint64_t seed, std::uint64_t objects, const DumpStyle& style = {});

}  // namespace tidemark
