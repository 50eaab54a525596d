// Which language runtime a process is, its version, and where its functions are.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/target/memory_map.h"
#include "capture/target/module.h"

namespace tidemark {

enum class RuntimeKind : std::uint8_t { kRuby, kNode };

struct Runtime {
  RuntimeKind kind = RuntimeKind::kRuby;
  std::string version;  // "3.1.2", "20.20.2"; empty when it is not written in the file
  Module module;        // libruby, ruby, libnode or node
  Module libc;

  [[nodiscard]] const char* name() const { return kind == RuntimeKind::kRuby ? "Ruby" : "Node.js"; }
  [[nodiscard]] std::string title() const;  // "Ruby 3.1.2"
  [[nodiscard]] int major() const;          // 0 when the version is not known
};

// Errors: kUnsupported for a process that is neither; kIo when we may not look.
Result<Runtime> detect_runtime(pid_t pid, std::span<const Mapping> maps);

// From the path of its program alone, which needs no permission but to read the link.
std::optional<RuntimeKind> guess_runtime(const std::string& executable,
                                         std::span<const Mapping> maps);

}  // namespace tidemark
