#include "cli/load_series.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <string_view>

#include "sources/series_input.h"
#include "store/history_store.h"
#include "store/remote_store.h"

namespace tidemark {
namespace {

bool is_history(const std::string& input) {
  if (input == "-") return false;
  std::ifstream file(input, std::ios::binary);
  std::array<char, 16> head{};
  file.read(head.data(), head.size());
  return HistoryStore::recognises({head.data(), static_cast<std::size_t>(file.gcount())});
}

// Of a server never everything: two days, unless --since says otherwise.
Result<SeriesSet> read_server(const std::string& input, double since) {
  const RemoteInput remote = parse_remote_input(input);
  const RemoteStore store(remote.url);
  const auto clock = std::chrono::system_clock::now().time_since_epoch();
  const double now = std::chrono::duration<double>(clock).count();
  const double seconds = since > 0 ? since : 2 * 86400.0;
  return remote.query.empty() ? store.read(now, seconds) : store.query(remote.query, now, seconds);
}

Result<SeriesSet> read_history(const std::string& path) {
  auto store = HistoryStore::open(path, {.read_only = true});
  if (!store) return std::unexpected(store.error());
  return store->read();
}

}  // namespace

Result<SeriesSet> load_series(const std::string& input, const LoadOptionsForSeries& options,
                              Monitor& monitor) {
  const bool remote = RemoteStore::recognises(input);
  auto set = remote              ? read_server(input, options.since)
             : is_history(input) ? read_history(input)
                                 : read_series(input, {.columns = options.columns}, monitor);
  if (!set) return set;
  if (!options.shares) {
    std::erase_if(set->series,
                  [](const MemorySeries& one) { return one.kind == MemoryKind::kPrivate; });
  }
  if (remote || options.since <= 0) return set;
  for (MemorySeries& series : set->series) {
    if (series.samples.empty()) continue;
    const double from = series.samples.back().time - options.since;
    std::erase_if(series.samples, [&](const MemorySample& sample) { return sample.time < from; });
    std::erase_if(series.events, [&](const SeriesEvent& event) { return event.time < from; });
  }
  return set;
}

}  // namespace tidemark
