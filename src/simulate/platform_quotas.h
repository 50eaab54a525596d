// What platforms allow: memory quotas by the name of the instance.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidemark {

struct PlatformQuota {
  std::string name;    // "standard-2x"
  double bytes = 0;    // the quota: above it, warnings and swap (R14)
  double kill_at = 0;  // bytes at which the platform kills (R15); the quota where there is no swap
  int cores = 0;       // 0: shared
};

// Heroku's dynos, by their size: those of the common runtime, private ones, and those of Fir
// ("dyno-1c-0.5gb"). A dyno's GB is 1,024 MB of 1,024 kB. Case does not matter.
std::optional<PlatformQuota> dyno_quota(std::string_view name);

// The smallest dyno of the common runtime with at least so many bytes.
std::optional<PlatformQuota> dyno_for(double bytes);

// All names, for an error's help.
std::string dyno_names();

}  // namespace tidemark
