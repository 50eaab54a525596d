// What Chrome DevTools calls the class of each node. See rule by rule in docs/v8-snapshots.md.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "formats/v8_snapshot/rules.h"
#include "heap/graph.h"
#include "heap/vocabulary.h"

namespace tidemark::v8 {

// A name for plain objects that have these properties: "{label, items}".
struct Definition {
  std::string name;
  std::vector<std::uint32_t> properties;  // numbers of strings, sorted
  std::uint32_t count = 0;
};

// The interfaces that enough plain objects have, most frequent first.
std::vector<Definition> infer_interfaces(const Snapshot& snapshot);

// Those of another snapshot, in the strings of this one.
std::vector<Definition> translate(std::span<const Interface> interfaces, const Snapshot& snapshot,
                                  const Vocabulary& words);

// Interns the class of every node: equal ids are equal rows of DevTools' summary. Instances of
// classes of one name that were defined in different places are different classes.
Buffer<ClassId> name_classes(const Snapshot& snapshot, std::span<const Definition> interfaces,
                             Vocabulary& words);

}  // namespace tidemark::v8
