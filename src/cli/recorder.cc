#include "cli/recorder.h"

#include <algorithm>

namespace tidemark {

Result<Recorder> Recorder::open(const std::string& path) {
  auto store = HistoryStore::open(path, {});
  if (!store) return std::unexpected(store.error());
  return Recorder(std::move(*store));
}

Result<void> Recorder::add(const MemorySeries& series) {
  if (series.samples.empty()) return {};
  auto& [last_sample, last_event] = done_[series.name];
  const auto after = [](double time, const auto& entry) { return time < entry.time; };
  const auto sample =
      std::upper_bound(series.samples.begin(), series.samples.end(), last_sample, after);
  const auto event =
      std::upper_bound(series.events.begin(), series.events.end(), last_event, after);
  auto added = store_.append(series, static_cast<std::size_t>(sample - series.samples.begin()),
                             static_cast<std::size_t>(event - series.events.begin()));
  if (!added) {
    if (failing_) return {};
    failing_ = true;
    return added;
  }
  failing_ = false;
  last_sample = series.samples.back().time;
  if (!series.events.empty()) last_event = series.events.back().time;
  return {};
}

Result<void> Recorder::tidy(double now) {
  if (now - tidied_ < 3600) return {};
  tidied_ = now;
  return store_.tidy(now);
}

}  // namespace tidemark
