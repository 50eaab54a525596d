#include "simulate/platform_quotas.h"

#include <array>
#include <charconv>
#include <utility>

namespace tidemark {
namespace {

constexpr double kMegabyte = 1048576;
constexpr double kGigabyte = 1073741824;

struct Dyno {
  std::string_view name;
  double quota;    // bytes
  double kill_at;  // Dev Center, "Dyno Types" and "Dyno Memory Behavior", 2024
};

constexpr std::array<Dyno, 9> kCommon = {{
    {"eco", 512 * kMegabyte, 1 * kGigabyte},
    {"basic", 512 * kMegabyte, 1 * kGigabyte},
    {"standard-1x", 512 * kMegabyte, 1 * kGigabyte},
    {"standard-2x", 1 * kGigabyte, 2 * kGigabyte},
    {"performance-m", 2.5 * kGigabyte, 5 * kGigabyte},
    {"performance-l", 14 * kGigabyte, 28 * kGigabyte},
    {"performance-l-ram", 30 * kGigabyte, 36 * kGigabyte},
    {"performance-xl", 62 * kGigabyte, 74 * kGigabyte},
    {"performance-2xl", 126 * kGigabyte, 151 * kGigabyte},
}};

// Of private spaces: the size of a common one, but without swap, so killed at the quota itself.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPrivate = {{
    {"s", "standard-2x"},
    {"m", "performance-m"},
    {"l", "performance-l"},
    {"l-ram", "performance-l-ram"},
    {"xl", "performance-xl"},
    {"2xl", "performance-2xl"},
}};

PlatformQuota quota_of(const Dyno& dyno, std::string_view name) {
  return {std::string(name), dyno.quota, dyno.kill_at, 0};
}

// "dyno-2c-4gb": two cores, 4 GB.
std::optional<PlatformQuota> fir_quota(std::string_view name) {
  constexpr std::string_view kPrefix = "dyno-";
  if (!name.starts_with(kPrefix) || !name.ends_with("gb")) return std::nullopt;
  const char* const begin = name.data() + kPrefix.size();
  const char* const end = name.data() + name.size() - 2;
  int cores = 0;
  const auto count = std::from_chars(begin, end, cores);
  if (count.ec != std::errc() || end - count.ptr < 3 || count.ptr[0] != 'c' ||
      count.ptr[1] != '-') {
    return std::nullopt;
  }
  double gigabytes = 0;
  const auto size = std::from_chars(count.ptr + 2, end, gigabytes, std::chars_format::fixed);
  if (size.ec != std::errc() || size.ptr != end || !(gigabytes > 0 && gigabytes <= 4096) ||
      cores < 1 || cores > 1024) {
    return std::nullopt;
  }
  return PlatformQuota{std::string(name), gigabytes * kGigabyte, gigabytes * kGigabyte, cores};
}

}  // namespace

std::optional<PlatformQuota> dyno_quota(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  for (const Dyno& dyno : kCommon) {
    if (dyno.name == lower) return quota_of(dyno, lower);
  }
  for (const std::string_view prefix : {"private-", "shield-"}) {
    if (!lower.starts_with(prefix)) continue;
    for (const auto& [size, common] : kPrivate) {
      if (size != lower.substr(prefix.size())) continue;
      const double quota = dyno_quota(common)->bytes;
      return PlatformQuota{lower, quota, quota, 0};
    }
  }
  return fir_quota(lower);
}

std::optional<PlatformQuota> dyno_for(double bytes) {
  for (const Dyno& dyno : kCommon) {
    if (dyno.name.starts_with("eco") || dyno.name.starts_with("basic")) continue;
    if (dyno.quota >= bytes) return quota_of(dyno, dyno.name);
  }
  return std::nullopt;
}

std::string dyno_names() {
  std::string out;
  for (const Dyno& dyno : kCommon) out += std::string(dyno.name) + ", ";
  return out + "private-s to private-2xl, shield-..., dyno-1c-0.5gb and the like";
}

}  // namespace tidemark
