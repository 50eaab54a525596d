#include "formats/v8_snapshot/class_names.h"

#include <tsl/robin_map.h>

#include <algorithm>

#include "base/hash.h"

namespace tidemark::v8 {
namespace {

constexpr std::size_t kLongestInterface = 120;  // UTF-16 units, but for the last comma and brace

std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

bool is_plain(const Snapshot& s, std::uint32_t node) {
  return s.type[node] == NodeType::kObject && s.name_of(node) == "Object";
}

// As JSON.stringify writes it.
std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    constexpr std::string_view kFrom = "\"\\\b\f\n\r\t";
    constexpr std::string_view kTo = "\"\\bfnrt";
    const std::size_t known = kFrom.find(c);
    if (known != kFrom.npos) {
      out += {'\\', kTo[known]};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      const auto byte = static_cast<unsigned char>(c);
      out += "\\u00";
      out += {kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out.push_back(c);
    }
  }
  return out + '"';
}

// Calls use(string) for each property but __proto__, in the order of the edges.
template <class Use>
void each_property(const Snapshot& s, std::uint32_t node, const Use& use) {
  for (std::uint32_t e = s.edge_begin[node]; e < s.edge_begin[node + 1]; ++e) {
    const EdgeLabel label = s.label(e);
    if (label.type() == EdgeType::kProperty && (*s.strings)[label.what()] != "__proto__") {
      use(label.what());
    }
  }
}

struct ListHash {
  std::size_t operator()(const std::vector<std::uint32_t>& list) const noexcept {
    std::uint64_t hash = process_seed();
    for (const std::uint32_t value : list) hash = combine(hash, value);
    return hash;
  }
};

// The name from as many properties as fit; they are what an object of the interface must have.
Definition interface_of(const Snapshot& s, std::span<const std::uint32_t> properties) {
  Definition found;
  std::string inside;
  std::size_t units = 1;  // the opening brace
  for (const std::uint32_t property : properties) {
    std::string_view text = (*s.strings)[property];
    std::string in_quotes;
    if (text.find_first_of(",'\"{}") != text.npos) text = in_quotes = quoted(text);
    const std::size_t more = utf16_units(text);
    if (!inside.empty() && units + more > kLongestInterface) break;
    units += more + (inside.empty() ? 0 : 2);
    if (!inside.empty()) inside += ", ";
    inside += text;
    found.properties.push_back(property);
  }
  found.name = "{" + inside + "}";
  return found;
}

}  // namespace

std::vector<Definition> infer_interfaces(const Snapshot& s) {
  tsl::robin_map<std::vector<std::uint32_t>, std::uint32_t, ListHash> by_shape;
  tsl::robin_map<std::string, std::uint32_t> by_name;
  std::vector<Definition> all;
  std::vector<std::uint32_t> shape;
  std::uint32_t plain = 0;
  for (std::uint32_t node = 0; node < s.nodes; ++node) {
    if (!is_plain(s, node)) continue;
    ++plain;
    shape.clear();
    each_property(s, node, [&](std::uint32_t property) { shape.push_back(property); });
    if (shape.empty()) continue;
    auto place = by_shape.find(shape);
    if (place == by_shape.end()) {
      Definition fresh = interface_of(s, shape);
      const auto [named, is_new] =
          by_name.emplace(fresh.name, static_cast<std::uint32_t>(all.size()));
      if (is_new) all.push_back(std::move(fresh));
      place = by_shape.emplace(shape, named->second).first;
    }
    ++all[place->second].count;
  }
  const std::uint32_t least = std::max(2U, (plain + 999) / 1000);
  std::erase_if(all, [&](const Definition& one) { return one.count < least; });
  std::ranges::stable_sort(all, std::greater(), &Definition::count);
  for (Definition& one : all) {
    std::ranges::sort(one.properties);
    one.properties.erase(std::ranges::unique(one.properties).begin(), one.properties.end());
  }
  return all;
}

namespace {

// Finds the interface with most properties of which all are an object's.
class Matcher {
 public:
  explicit Matcher(std::span<const Definition> interfaces) : interfaces_(interfaces) {
    for (std::uint32_t i = 0; i < interfaces.size(); ++i) {
      if (interfaces[i].properties.empty()) continue;
      by_first_[interfaces[i].properties.front()].push_back(i);
    }
  }
  // `shape`: sorted. kNone where nothing fits.
  static constexpr std::uint32_t kNone = 0xffffffffU;
  std::uint32_t find(const std::vector<std::uint32_t>& shape) {
    const auto known = known_.find(shape);
    if (known != known_.end()) return known->second;
    std::uint32_t best = kNone;
    for (const std::uint32_t property : shape) {
      const auto candidates = by_first_.find(property);
      if (candidates == by_first_.end()) continue;
      for (const std::uint32_t i : candidates->second) {
        const auto& properties = interfaces_[i].properties;
        if (!std::ranges::includes(shape, properties)) continue;
        if (best == kNone) {
          best = i;
          continue;
        }
        const std::size_t size = properties.size();
        const std::size_t best_size = interfaces_[best].properties.size();
        if (size > best_size || (size == best_size && i < best)) best = i;
      }
    }
    known_.emplace(shape, best);
    return best;
  }

 private:
  std::span<const Definition> interfaces_;
  tsl::robin_map<std::uint32_t, std::vector<std::uint32_t>> by_first_;
  tsl::robin_map<std::vector<std::uint32_t>, std::uint32_t, ListHash> known_;
};

// "<div id=x>" is a "<div>", and a "Detached <div id=x>" a "Detached <div>".
std::string native_class(std::string_view name, bool detached) {
  std::string prefix;
  if (detached && !name.starts_with("Detached ")) prefix = "Detached ";
  std::string_view rest = name;
  if (rest.starts_with("Detached ")) {
    prefix = "Detached ";
    rest.remove_prefix(prefix.size());
  }
  if (rest.starts_with('<')) {
    const std::size_t space = rest.find(' ');
    if (space != rest.npos) return prefix + std::string(rest.substr(0, space)) + ">";
  }
  return prefix + std::string(rest);
}

}  // namespace

std::vector<Definition> translate(std::span<const Interface> interfaces, const Snapshot& s,
                                  const Vocabulary& words) {
  constexpr std::uint32_t kNowhere = 0xffffffffU;
  tsl::robin_map<std::string_view, std::uint32_t> numbers;
  for (const Interface& one : interfaces) {
    for (const StringId property : one.properties) numbers.emplace(words.text(property), kNowhere);
  }
  for (std::uint32_t number = 0; number < s.strings->size(); ++number) {
    const auto place = numbers.find((*s.strings)[number]);
    if (place != numbers.end()) place.value() = number;
  }
  std::vector<Definition> all;
  for (const Interface& one : interfaces) {
    Definition definition{.name = std::string(words.text(one.name)), .properties = {}, .count = 0};
    for (const StringId property : one.properties) {
      definition.properties.push_back(numbers.at(words.text(property)));
    }
    std::ranges::sort(definition.properties);
    // What this snapshot has no word for, no object of it has.
    if (definition.properties.back() != kNowhere) all.push_back(std::move(definition));
  }
  return all;
}

Buffer<ClassId> name_classes(const Snapshot& s, std::span<const Definition> interfaces,
                             Vocabulary& words) {
  Matcher matcher(interfaces);
  std::vector<ClassId> interface_ids;
  for (const Definition& one : interfaces) interface_ids.push_back(words.intern_class(one.name));
  const ClassId object = words.intern_class("Object");
  std::array<ClassId, kNodeTypes> of_type;
  for (std::size_t type = 0; type < kNodeTypes; ++type) {
    of_type[type] = words.intern_class("(" + std::string(kNodeTypeNames[type]) + ")");
  }
  const auto fixed = [&](NodeType type, std::string_view name) {
    of_type[static_cast<std::size_t>(type)] = words.intern_class(name);
  };
  fixed(NodeType::kHidden, "(system)");
  fixed(NodeType::kCode, "(compiled code)");
  fixed(NodeType::kClosure, "Function");
  fixed(NodeType::kRegExp, "RegExp");

  tsl::robin_map<std::uint32_t, ClassId> by_name;           // by string, where nothing else counts
  tsl::robin_map<std::uint32_t, ClassId> detached_by_name;  // for detached ones
  const auto named = [&](std::uint32_t node, bool detached) {
    auto& cache = detached ? detached_by_name : by_name;
    const auto known = cache.find(s.name[node]);
    if (known != cache.end()) return known->second;
    const ClassId fresh = words.intern_class(native_class(s.name_of(node), detached));
    cache.emplace(s.name[node], fresh);
    return fresh;
  };
  Buffer<ClassId> classes(s.nodes);
  std::vector<std::uint32_t> shape;
  for (std::uint32_t node = 0; node < s.nodes; ++node) {
    const NodeType type = s.type[node];
    if (type != NodeType::kObject && type != NodeType::kNative) {
      classes[node] = of_type[static_cast<std::size_t>(type)];
      continue;
    }
    if (!is_plain(s, node)) {
      classes[node] = named(node, type == NodeType::kNative && s.detached[node] == 2);
      continue;
    }
    shape.clear();
    each_property(s, node, [&](std::uint32_t property) { shape.push_back(property); });
    std::ranges::sort(shape);
    shape.erase(std::ranges::unique(shape).begin(), shape.end());
    const std::uint32_t found = matcher.find(shape);
    classes[node] = found == Matcher::kNone ? object : interface_ids[found];
  }
  for (const Location& place : s.locations) {
    if (s.type[place.node] != NodeType::kObject) continue;
    const std::uint64_t where =
        combine(combine(combine(1, place.script), place.line), place.column);
    classes[place.node] = words.intern_class(words.class_name(classes[place.node]), where);
  }
  return classes;
}

}  // namespace tidemark::v8
