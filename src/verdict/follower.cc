#include "verdict/follower.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "verdict/statistics.h"

namespace tidemark {
namespace {

constexpr double kLeastSeconds = 10;
constexpr double kLeastShare = 0.02;
constexpr std::size_t kLast = 5;  // samples whose middle is "now"

}  // namespace

const Verdict& VerdictFollower::update(const MemorySeries& series) {
  if (series.samples.empty()) return verdict_;
  const double first = series.samples.front().time;
  const double last = series.samples.back().time;
  const double due = std::max(kLeastSeconds / options_.speedup, kLeastShare * (last - first));
  if (fits_ == 0 || last - fitted_at_ >= due || series.events.size() != events_ ||
      series.samples.size() < samples_) {
    verdict_ = judge(series, options_);
    fitted_at_ = last;
    events_ = series.events.size();
    ++fits_;
  } else {
    std::vector<double> levels;
    for (std::size_t i = series.samples.size() - std::min(kLast, series.samples.size());
         i < series.samples.size(); ++i) {
      levels.push_back(series.samples[i].bytes);
    }
    verdict_.now = median(levels);
    verdict_.hours = (last - first) / 3600 * options_.speedup;
    verdict_.samples = series.samples.size();
    if (verdict_.kind == VerdictKind::kLeak && verdict_.growth.value > 0 &&
        verdict_.quota > verdict_.now) {
      verdict_.hours_to_quota = (verdict_.quota - verdict_.now) / verdict_.growth.value;
    }
  }
  samples_ = series.samples.size();
  return verdict_;
}

}  // namespace tidemark
