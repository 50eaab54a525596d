#include "answers/series/recorder.h"

#include <algorithm>

#include "store/remote_store.h"

namespace tidemark {
namespace {

// A server that has failed so often will not take these samples any more either ("too old" is an
// error 500 of Prometheus), and there is no end to trying.
constexpr int kMostFailures = 100;

}  // namespace

Result<Recorder> Recorder::open(const std::string& target) {
  Recorder recorder;
  if (RemoteStore::recognises(target)) {
    const auto remote = std::make_shared<RemoteStore>(target);
    recorder.append_ = [remote](const MemorySeries& series, std::size_t sample, std::size_t event) {
      return remote->append(series, sample, event);
    };
    return recorder;
  }
  auto store = HistoryStore::open(target, {});
  if (!store) return std::unexpected(store.error());
  recorder.store_ = std::make_shared<HistoryStore>(std::move(*store));
  recorder.append_ = [store = recorder.store_](const MemorySeries& series, std::size_t sample,
                                               std::size_t event) {
    return store->append(series, sample, event);
  };
  return recorder;
}

Result<void> Recorder::add(const MemorySeries& series) {
  if (series.samples.empty()) return {};
  auto& [last_sample, last_event] = done_[{series.name, series.kind}];
  const auto after = [](double time, const auto& entry) { return time < entry.time; };
  const auto sample =
      std::upper_bound(series.samples.begin(), series.samples.end(), last_sample, after);
  const auto event =
      std::upper_bound(series.events.begin(), series.events.end(), last_event, after);
  if (sample == series.samples.end() && event == series.events.end()) return {};
  auto added = append_(series, static_cast<std::size_t>(sample - series.samples.begin()),
                       static_cast<std::size_t>(event - series.events.begin()));
  const bool for_good = !added && added.error().code == ErrorCode::kUnsupported;
  if (!added && !for_good && ++failures_ < kMostFailures) {
    if (failures_ > 1) return {};
    return added;
  }
  if (added) failures_ = 0;
  last_sample = series.samples.back().time;
  if (!series.events.empty()) last_event = series.events.back().time;
  return added;
}

Result<void> Recorder::tidy(double now) {
  if (store_ == nullptr || now - tidied_ < 3600) return {};
  tidied_ = now;
  return store_->tidy(now);
}

}  // namespace tidemark
