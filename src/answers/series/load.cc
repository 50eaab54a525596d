#include "answers/series/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "base/clock.h"
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
  const double now = wall_seconds();
  const double seconds = since > 0 ? since : 2 * 86400.0;
  return remote.query.empty() ? store.read(now, seconds) : store.query(remote.query, now, seconds);
}

Result<SeriesSet> read_history(const std::string& path) {
  auto store = HistoryStore::open(path, {.read_only = true});
  if (!store) return std::unexpected(store.error());
  return store->read();
}

Result<SeriesSet> read_input(const SeriesRequest& request, Monitor& monitor) {
  if (RemoteStore::recognises(request.input)) {
    return read_server(request.input, request.since_seconds);
  }
  if (is_history(request.input)) return read_history(request.input);
  return read_series(request.input, {.table = request.table}, monitor);
}

void keep_last(MemorySeries& series, double seconds) {
  if (series.samples.empty()) return;
  const double from = series.samples.back().time - seconds;
  std::erase_if(series.samples, [&](const MemorySample& sample) { return sample.time < from; });
  std::erase_if(series.events, [&](const SeriesEvent& event) { return event.time < from; });
}

Result<void> keep_only(SeriesSet& set, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  for (const std::string& name : names) {
    if (std::ranges::find(set.series, name, &MemorySeries::name) != set.series.end()) continue;
    std::string there;
    for (const MemorySeries& series : set.series) {
      if (there.size() > 60) break;
      there += (there.empty() ? "" : ", ") + series.name;
    }
    return fail(ErrorCode::kNotFound, fmt::format("no series '{}'", name), "there is: " + there);
  }
  std::erase_if(set.series, [&](const MemorySeries& series) {
    return std::ranges::find(names, series.name) == names.end();
  });
  return {};
}

}  // namespace

Result<SeriesSet> load_series(const SeriesRequest& request, Monitor& monitor) {
  auto set = read_input(request, monitor);
  if (!set) return set;
  if (!request.shares) {
    std::erase_if(set->series,
                  [](const MemorySeries& one) { return one.kind == MemoryKind::kPrivate; });
  }
  if (auto kept = keep_only(*set, request.only); !kept) return std::unexpected(kept.error());
  const bool remote = RemoteStore::recognises(request.input);
  for (MemorySeries& series : set->series) {
    if (!remote && request.since_seconds > 0) keep_last(series, request.since_seconds);
    if (request.quota_bytes > 0) series.quota = request.quota_bytes;
    if (request.workers == 0) continue;
    for (MemorySample& sample : series.samples) sample.workers = request.workers;
  }
  for (Notice& notice : set->notices) notice.file = request.input;
  return set;
}

}  // namespace tidemark
