// Which language runtime a process is, its version, and where its functions are.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/memory_map.h"
#include "inject/module.h"
#include "runtimes/runtime_kind.h"

namespace tidemark {

struct Runtime {
  RuntimeKind kind = RuntimeKind::kRuby;
  std::string version;  // "3.1.2", "20.20.2"; empty when it is not written in the file
  Module module;        // libruby, ruby, libnode or node
  Module libc;

  [[nodiscard]] const char* name() const { return runtime_name(kind); }
  [[nodiscard]] std::string title() const;  // "Ruby 3.1.2"
  [[nodiscard]] int major() const;          // 0 when the version is not known
};

// Errors: kUnsupported for a process that is neither; kIo when we may not look.
Result<Runtime> detect_runtime(pid_t pid, std::span<const Mapping> maps);

}  // namespace tidemark
