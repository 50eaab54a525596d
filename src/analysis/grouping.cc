#include "analysis/grouping.h"

#include <fmt/format.h>

#include "analysis/packages.h"
#include "base/hash.h"

namespace tidemark {
namespace {
constexpr std::uint32_t kUnknown = 0xffffffffU;
}

std::uint32_t Grouping::kind_of(const HeapGraph& graph, std::uint32_t node) {
  return graph.kinds[graph.kind[node]].name.value;
}

std::size_t Grouping::KeyHash::operator()(const Key& key) const noexcept {
  return combine(combine(key.value, key.class_id), key.kind);
}

// For sites that appeared since the last call.
void Grouping::project_sites() {
  const std::uint32_t known = words_.site_count();  // kSite interns sites below: not those
  for (auto id = static_cast<std::uint32_t>(site_values_.size()); id < known; ++id) {
    const Site site = words_.site(SiteId(id));
    std::uint32_t value = kUnknown;
    switch (dimension_) {
      case Dimension::kSite:
        if (site.file.valid()) {
          value =
              words_
                  .intern_site(
                      {.file = site.file, .line = site.line, .method = {}, .column = site.column})
                  .value;
        }
        break;
      case Dimension::kGem:
        if (site.file.valid()) value = words_.intern(package_of(words_.text(site.file))).value;
        break;
      case Dimension::kMethod:
        value = site.method.value;
        break;
      case Dimension::kFile:
        value = site.file.value;
        break;
      default:
        break;
    }
    site_values_.push_back(value);
  }
}

Grouping::Key Grouping::key_of(const HeapGraph& graph, std::uint32_t node) const {
  Key key{.value = kUnknown, .class_id = kUnknown, .kind = kUnknown};
  const std::uint32_t kind = kind_of(graph, node);
  // V8's classes say what matters of a type, and one may have nodes of several.
  const std::uint32_t told_apart = graph.everything_lives ? kUnknown : kind;
  switch (dimension_) {
    case Dimension::kClass:
      key.class_id = graph.class_id[node].value;
      key.kind = told_apart;
      return key;
    case Dimension::kType:
      key.kind = kind;
      return key;
    case Dimension::kGeneration:
      key.value = graph.generation_of(node);
      return key;
    case Dimension::kSite:
      key.class_id = graph.class_id[node].value;
      key.kind = told_apart;
      break;
    default:
      break;
  }
  const SiteId site = graph.site_of(node);
  if (site.valid()) key.value = site_values_[site.value];
  return key;
}

Buffer<GroupId> Grouping::assign(const HeapGraph& graph) {
  project_sites();
  Buffer<GroupId> groups(graph.node_count());
  struct Recent {
    Key key;
    GroupId group = kUnknown;
  };
  std::vector<Recent> recent(4096);
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    const Key key = key_of(graph, node);
    Recent& entry = recent[KeyHash()(key) >> 52];
    if (entry.group == kUnknown || !(entry.key == key)) {
      const auto [place, fresh] = ids_.emplace(key, static_cast<GroupId>(keys_.size()));
      if (fresh) {
        keys_.push_back(key);
        kinds_.push_back(kind_of(graph, node));
      }
      entry = {.key = key, .group = place->second};
    }
    groups[node] = entry.group;
  }
  return groups;
}

GroupKey Grouping::key(GroupId group) const {
  const Key& key = keys_[group];
  GroupKey out;
  if (key.class_id != kUnknown) out.class_name = words_.class_name(ClassId(key.class_id));
  const bool one_kind = key.kind != kUnknown || key.class_id != kUnknown;
  if (one_kind) out.kind = words_.text(StringId(kinds_[group]));
  switch (dimension_) {
    case Dimension::kSite:
      if (key.value != kUnknown) out.label = words_.site_label(SiteId(key.value));
      break;
    case Dimension::kClass:
      out.label = out.class_name;
      break;
    case Dimension::kType:
      out.label = out.kind;
      break;
    case Dimension::kGeneration:
      if (key.value != kUnknown) out.label = fmt::format("{}", key.value);
      break;
    default:
      if (key.value != kUnknown) out.label = words_.text(StringId(key.value));
      break;
  }
  return out;
}

}  // namespace tidemark
