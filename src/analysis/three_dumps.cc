#include "analysis/three_dumps.h"

#include <algorithm>
#include <tuple>

#include "analysis/grouping.h"

namespace tidemark {

std::vector<LeakedGroup> three_dump_method(const Addresses& first, const HeapGraph& second,
                                           const Addresses& third) {
  constexpr std::uint8_t kInThird = 1;
  constexpr std::uint8_t kInFirst = 2;
  std::vector<std::uint8_t> where(second.addresses.codes.size());
  const OrderedAddresses ordered(second.addresses);
  for_each_common(ordered, OrderedAddresses(first),
                  [&](std::size_t i, std::size_t) { where[i] |= kInFirst; });
  for_each_common(ordered, OrderedAddresses(third),
                  [&](std::size_t i, std::size_t) { where[i] |= kInThird; });

  struct Key {
    std::uint64_t place;
    std::uint64_t kind;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept { return key.place * 31 + key.kind; }
  };
  tsl::robin_map<Key, std::size_t, KeyHash> ids;
  std::vector<LeakedGroup> groups;
  for (std::size_t i = 0; i < where.size(); ++i) {
    if (where[i] != kInThird) continue;
    const auto node = static_cast<std::uint32_t>(i + second.first_object);
    const Site site = second.words->site(second.site_of(node));
    const Key key{.place = (std::uint64_t{site.file.value} << 32) | site.line,
                  .kind = second.kind[node]};
    const auto [place, fresh] = ids.emplace(key, groups.size());
    if (fresh) {
      groups.push_back({.type = std::string(second.kind_name(node)),
                        .file = std::string(second.words->text(site.file)),
                        .line = site.line});
    }
    LeakedGroup& group = groups[place->second];
    const bool has_text = group.type == "STRING" || group.type == "SYMBOL";
    ++group.count;
    group.bytes += second.shallow(node);
    if (has_text) group.content_bytes += second.extent_of(node);
  }
  std::ranges::sort(groups, [](const LeakedGroup& a, const LeakedGroup& b) {
    return std::tuple(b.count, a.type, a.file, a.line) <
           std::tuple(a.count, b.type, b.file, b.line);
  });
  return groups;
}

}  // namespace tidemark
