#include "runtimes/runtime_kind.h"

#include <algorithm>

#include "host/process_name.h"

namespace tidemark {

const char* runtime_name(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::kRuby:
      return "Ruby";
    case RuntimeKind::kNode:
      return "Node.js";
  }
  return "";
}

const char* runtime_word(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::kRuby:
      return "ruby";
    case RuntimeKind::kNode:
      return "node";
  }
  return "";
}

std::optional<RuntimeKind> runtime_of_word(std::string_view word) {
  const auto* const found = std::ranges::find(kAllRuntimes, word, runtime_word);
  if (found == kAllRuntimes.end()) return std::nullopt;
  return *found;
}

std::optional<RuntimeKind> guess_runtime(std::string_view executable,
                                         std::span<const Mapping> maps) {
  const std::string_view name = file_name(executable);
  if (name.starts_with("ruby")) return RuntimeKind::kRuby;
  if (name.starts_with("node")) return RuntimeKind::kNode;
  for (const Mapping& mapping : maps) {
    if (file_name(mapping.path).starts_with("libruby")) return RuntimeKind::kRuby;
    if (file_name(mapping.path).starts_with("libnode.so")) return RuntimeKind::kNode;
  }
  return std::nullopt;
}

}  // namespace tidemark
