// A live Ruby or Node.js process, as documents show it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "capture/find_target.h"
#include "capture/plan.h"
#include "schema/fields.h"

namespace tidemark {

struct RuntimeProcess {
  pid_t pid = 0;
  pid_t parent = 0;
  std::optional<pid_t> pid_inside;  // this and the other optional ones: of one that was examined
  std::optional<std::string> app;
  std::string command;  // its command line or the title it gave itself, secrets hidden
  RuntimeKind runtime = RuntimeKind::kRuby;
  std::optional<std::string> version;
  std::uint64_t resident_bytes = 0;
  std::optional<std::uint64_t> v8_heap_bytes;  // of Node.js alone
  std::optional<std::uint32_t> threads;
  double uptime_seconds = 0;
  std::optional<bool> other_namespaces;
};

RuntimeProcess runtime_process(const Candidate& candidate);
RuntimeProcess runtime_process(const Diagnosis& diagnosis);
void describe(Fields& fields, const RuntimeProcess& process);

template <>
inline constexpr auto kWordsOf<RuntimeKind> = std::to_array<WordOf<RuntimeKind>>({
    {RuntimeKind::kRuby, "ruby"},
    {RuntimeKind::kNode, "node"},
});

}  // namespace tidemark
