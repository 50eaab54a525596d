#include "runtimes/ruby/ruby_gc_stats.h"

#include <fmt/format.h>

#include <array>

#include "runtimes/ruby/ruby_job.h"

namespace tidemark {
namespace {

// Keys of GC.stat that Ruby 3.0 to 4.0 have. One that another collector does not know is left out.
constexpr std::array kKeys = {"count",
                              "heap_allocated_pages",
                              "heap_available_slots",
                              "heap_live_slots",
                              "heap_free_slots",
                              "heap_marked_slots",
                              "total_allocated_objects",
                              "total_freed_objects",
                              "malloc_increase_bytes",
                              "malloc_increase_bytes_limit",
                              "minor_gc_count",
                              "major_gc_count",
                              "old_objects",
                              "old_objects_limit",
                              "oldmalloc_increase_bytes",
                              "oldmalloc_increase_bytes_limit"};
constexpr std::size_t kCallsEach = 3;  // name to symbol, in two, and the question
static_assert(1 + kKeys.size() * kCallsEach <= kMostJobCalls);

struct Functions {
  std::uint64_t stat = 0;  // size_t rb_gc_stat(VALUE symbol)
  std::uint64_t collect = 0;
  std::uint64_t intern = 0;
  std::uint64_t symbol = 0;
  std::uint64_t protect = 0;
};

Result<Functions> find_functions(const Runtime& runtime) {
  const Functions found{.stat = runtime.module.find("rb_gc_stat"),
                        .collect = runtime.module.find("rb_gc_start"),
                        .intern = runtime.module.find("rb_intern"),
                        .symbol = runtime.module.find("rb_id2sym"),
                        .protect = runtime.module.find("rb_protect")};
  const bool all = found.stat != 0 && found.collect != 0 && found.intern != 0 &&
                   found.symbol != 0 && found.protect != 0;
  if (all) return found;
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("{} does not export rb_gc_stat and what goes with it", runtime.module.path));
}

// Zero-ended words one after the other, and before them a word that says whether each key was
// known: rb_protect() writes an int, not 0 when rb_gc_stat() has raised an exception.
struct Texts {
  std::string bytes = std::string(kKeys.size() * sizeof(int), '\0');
  std::array<std::uint64_t, kKeys.size()> at{};  // of each key

  Texts() {
    for (std::size_t i = 0; i < kKeys.size(); ++i) {
      at[i] = bytes.size();
      bytes += kKeys[i];
      bytes += '\0';
    }
  }
};

// Pages of Ruby's heap: 16 kB until 3.1, 64 kB since.
std::uint64_t page_bytes(const std::string& version) {
  const bool small =
      version.starts_with("2.") || version.starts_with("3.0.") || version.starts_with("3.1.");
  return small ? 16'384 : 65'536;
}

void name_numbers(GcStats& stats) {
  const auto find = [&](std::string_view key) -> std::optional<std::uint64_t> {
    for (const auto& [name, value] : stats.all) {
      if (name == key) return value;
    }
    return std::nullopt;
  };
  const std::uint64_t pages = find("heap_allocated_pages").value_or(0);
  const std::uint64_t slots = find("heap_available_slots").value_or(0);
  stats.heap_bytes = pages * page_bytes(stats.version);
  const double slot_bytes =
      slots == 0 ? 0 : static_cast<double>(stats.heap_bytes) / static_cast<double>(slots);
  const auto in_bytes = [&](std::uint64_t count) {
    return static_cast<std::uint64_t>(static_cast<double>(count) * slot_bytes);
  };
  stats.used_bytes = in_bytes(find("heap_live_slots").value_or(0));
  if (const auto marked = find("heap_marked_slots")) stats.after_gc_bytes = in_bytes(*marked);
  stats.old_objects = find("old_objects");
  stats.malloc_increase_bytes = find("malloc_increase_bytes");
  stats.oldmalloc_increase_bytes = find("oldmalloc_increase_bytes");
  stats.minor_collections = find("minor_gc_count");
  stats.major_collections = find("major_gc_count");
}

Result<GcStats> read_ruby_gc_stats(RubyJob& job, const Runtime& runtime,
                                   const GcStatsOptions& options, Monitor& monitor) {
  const auto functions = find_functions(runtime);
  if (!functions) return std::unexpected(functions.error());
  const Texts texts;
  const std::uint64_t base = job.text_address();
  std::vector<Step> calls;
  if (options.collect_first) calls.push_back(call_step(functions->collect));
  const std::size_t first = calls.size();
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    calls.push_back(call_step(functions->intern, {base + texts.at[i]}));
    calls.push_back({.kind = StepKind::kCallWithFirst, .target = functions->symbol});
    calls.push_back({.kind = StepKind::kCallWithSecond,
                     .target = functions->protect,
                     .args = {functions->stat, 0, base + i * sizeof(int)}});
  }
  const auto done = job.call(calls, texts.bytes, options.patience, monitor);
  if (!done) return std::unexpected(done.error());
  std::array<int, kKeys.size()> unknown{};
  if (!job.injector().memory().read(base, std::as_writable_bytes(std::span(unknown)))) {
    return fail(ErrorCode::kIo, fmt::format("process {} has ended", job.injector().pid()));
  }
  GcStats stats;
  stats.version = runtime.version;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    const std::uint64_t value = (*done)[first + i * kCallsEach + 2].target;
    if (unknown[i] == 0) stats.all.emplace_back(kKeys[i], value);
  }
  name_numbers(stats);
  stats.stopped = job.times().stopped;
  stats.pause = job.times().pause + job.times().stopped;
  return stats;
}

class RubyProbe final : public GcStatsProbe {
 public:
  RubyProbe(RubyJob job, const Runtime& runtime) : job_(std::move(job)), runtime_(&runtime) {}
  Result<GcStats> read(const GcStatsOptions& options, Monitor& monitor) override {
    return read_ruby_gc_stats(job_, *runtime_, options, monitor);
  }

 private:
  RubyJob job_;
  const Runtime* runtime_;
};

}  // namespace

Result<std::unique_ptr<GcStatsProbe>> open_ruby_gc_stats(pid_t pid, const Runtime& runtime) {
  auto job = RubyJob::prepare(pid, runtime);
  if (!job) return std::unexpected(job.error());
  return std::make_unique<RubyProbe>(std::move(*job), runtime);
}

}  // namespace tidemark
