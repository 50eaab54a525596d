#include "capture/find_target.h"

#include <fmt/format.h>

#include "host/process.h"
#include "runtimes/preload/preload_capture.h"

namespace tidemark {
namespace {

std::optional<RuntimeKind> runtime_by_its_word(const ProcessStatus& status) {
  const auto runtime = preloaded_runtime(status);
  if (!runtime) return std::nullopt;
  return runtime->kind;
}

std::string how_to_make_it_answer() {
  const auto ruby = preload_line(RuntimeKind::kRuby);
  const auto node = preload_line(RuntimeKind::kNode);
  if (!ruby || !node) return {};
  return fmt::format("start the app with this in its environment: {} (Ruby), {} (Node.js)", *ruby,
                     *node);
}

constexpr HiddenProcesses kHidden = {.runtime_of = runtime_by_its_word,
                                     .remedy = how_to_make_it_answer};

}  // namespace

std::vector<Candidate> list_runtimes(const Host& host) { return list_runtimes(host, kHidden); }

Result<std::vector<Candidate>> find_targets(const Host& host, std::string_view text) {
  return find_targets(host, text, kHidden);
}

}  // namespace tidemark
