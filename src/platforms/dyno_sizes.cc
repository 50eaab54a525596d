#include "platforms/dyno_sizes.h"

#include <array>
#include <cmath>
#include <utility>

#include "base/numbers.h"

namespace tidemark {
namespace {

struct Row {
  std::string_view name;
  std::uint64_t quota;    // MB
  std::uint64_t kill_at;  // MB
};

constexpr std::array<Row, 9> kCommon = {{
    {"eco", 512, 1024},
    {"basic", 512, 1024},
    {"standard-1x", 512, 1024},
    {"standard-2x", 1024, 2048},
    {"performance-m", 2560, 5120},
    {"performance-l", 14336, 28672},
    {"performance-l-ram", 30720, 36864},
    {"performance-xl", 63488, 75776},
    {"performance-2xl", 129024, 154624},
}};

// In private spaces there is no swap: they are killed at the quota itself.
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 6> kPrivate = {{
    {"s", 1024},
    {"m", 2560},
    {"l", 14336},
    {"l-ram", 30720},
    {"xl", 63488},
    {"2xl", 129024},
}};

// Of logs of their time. R15 came at twice the quota.
constexpr std::array<Row, 6> kGone = {{
    {"free", 512, 1024},
    {"hobby", 512, 1024},
    {"1x", 512, 1024},
    {"2x", 1024, 2048},
    {"px", 6144, 12288},
    {"performance", 6144, 12288},
}};

DynoSize size_of(const Row& row) {
  return {std::string(row.name), row.quota * kDynoMegabyte, row.kill_at * kDynoMegabyte, 0};
}

// "dyno-2c-4gb": two cores, 4 GB.
std::optional<DynoSize> fir_size(std::string_view name) {
  constexpr std::string_view kPrefix = "dyno-";
  if (!name.starts_with(kPrefix) || !name.ends_with("gb")) return std::nullopt;
  std::string_view rest = name.substr(kPrefix.size(), name.size() - kPrefix.size() - 2);
  const auto cores = take_number<int>(rest);
  if (!cores || *cores < 1 || *cores > 1024 || !rest.starts_with("c-")) return std::nullopt;
  const auto gigabytes = parse_number<double>(rest.substr(2), std::chars_format::fixed);
  if (!gigabytes || *gigabytes <= 0 || *gigabytes > 4096) return std::nullopt;
  const auto bytes =
      static_cast<std::uint64_t>(std::llround(*gigabytes * static_cast<double>(kDynoGigabyte)));
  return DynoSize{std::string(name), bytes, bytes, *cores};
}

std::optional<DynoSize> private_size(std::string_view name) {
  for (const std::string_view prefix : {"private-", "shield-"}) {
    if (!name.starts_with(prefix)) continue;
    for (const auto& [size, megabytes] : kPrivate) {
      if (size != name.substr(prefix.size())) continue;
      const std::uint64_t quota = megabytes * kDynoMegabyte;
      return DynoSize{std::string(name), quota, quota, 0};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<DynoSize> dyno_size(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  for (const Row& row : kCommon) {
    if (row.name == lower) return size_of(row);
  }
  for (const Row& row : kGone) {
    if (row.name == lower) return size_of(row);
  }
  if (auto found = private_size(lower)) return found;
  return fir_size(lower);
}

std::optional<DynoSize> dyno_with(double bytes) {
  for (const Row& row : kCommon) {
    if (row.name == "eco" || row.name == "basic") continue;
    if (static_cast<double>(row.quota * kDynoMegabyte) >= bytes) return size_of(row);
  }
  return std::nullopt;
}

std::string dyno_names() {
  std::string out;
  for (const Row& row : kCommon) out += std::string(row.name) + ", ";
  return out + "private-s to private-2xl, shield-..., dyno-1c-0.5gb and the like";
}

std::optional<double> dyno_bytes(std::string_view text) {
  std::string_view unit = text;
  const auto value = take_number<double>(unit);
  if (!value || *value < 0) return std::nullopt;
  const auto in = [&](std::uint64_t factor) {
    return std::optional(std::round(*value * static_cast<double>(factor)));
  };
  if (unit.starts_with("MB") || unit.starts_with("M(") || unit == "M") return in(kDynoMegabyte);
  if (unit.starts_with("kB")) return in(kDynoKilobyte);
  if (unit.starts_with("GB") || unit.starts_with("G(") || unit == "G") return in(kDynoGigabyte);
  if (unit.starts_with("bytes")) return in(1);
  return std::nullopt;
}

}  // namespace tidemark
