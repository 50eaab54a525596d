// Says what a stream of bytes is from its beginning, never from its name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark {

enum class Format : std::uint8_t { kRubyDump, kV8Snapshot, kOther };

struct Recognition {
  Format format = Format::kOther;
  std::string description;  // for a person: "an HTML page", "a V8 heap snapshot"
};

// `head`: the first few kilobytes of the (uncompressed) content, or all of it.
Recognition recognise(std::string_view head);

}  // namespace tidemark
