// What whoever asked should know although the answer is sound: damaged lines that were left out, a
// unit that was guessed. Part of an answer; whoever shows the answer shows its notices.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tidemark {

struct Notice {
  std::string code;                     // what kind, for programs: "damaged_lines"; never changes
  std::string message;                  // one sentence, no final full stop; says the place as well
  std::string file;                     // what it is about; empty: nothing in particular
  std::optional<std::uint64_t> offset;  // byte offset in the (uncompressed) content of `file`
  std::string hint;                     // what to do about it; may be empty
};

}  // namespace tidemark
