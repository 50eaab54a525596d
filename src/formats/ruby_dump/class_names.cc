#include "formats/ruby_dump/class_names.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::ruby {
namespace {

constexpr std::string_view kObjectClass = "Object";
constexpr std::string_view kAnonymous = "(anonymous ";

// How much a holder says about an anonymous class: a module that keeps it in a constant says most.
int eloquence(const HeapGraph& graph, std::uint32_t node) {
  if (!graph.is_object(node)) return 0;
  switch (graph.role(node)) {
    case Role::kClass:
      return 4;
    case Role::kObject:
    case Role::kStruct:
    case Role::kData:
      return 3;
    case Role::kArray:
    case Role::kMap:
      return 2;
    case Role::kCode:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

ClassNames::ClassNames(std::vector<ClassEntry> entries, Vocabulary& words)
    : words_(words), entries_(std::move(entries)) {
  std::ranges::sort(entries_, {}, &ClassEntry::node);
  for (const ClassEntry& entry : entries_) {
    const auto meta = place_of(entry.class_node);
    if (meta == entries_.end() || meta->type != Type::kClass || meta->name.valid()) continue;
    // Before 3.1 a dump says neither what is singleton nor what a superclass is. The nameless class
    // of a class or module is its metaclass.
    if (meta->superclass_node == 0 && entry.type != Type::kIclass) meta->singleton = true;
    // The singleton class of an instance has the same metaclass as the instance's class.
    const bool better = entry.name.valid() || !attached_.contains(meta->node);
    if (meta->singleton && !entry.singleton && better) attached_[meta->node] = entry.node;
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (is_anonymous(entries_[i])) anonymous_.push_back(i);
    label_instances_of(entries_[i]);
  }
}

std::vector<ClassEntry>::iterator ClassNames::place_of(std::uint32_t node) {
  const auto place = std::ranges::lower_bound(entries_, node, {}, &ClassEntry::node);
  return place != entries_.end() && place->node == node ? place : entries_.end();
}

const ClassEntry* ClassNames::find(std::uint32_t node) const {
  const auto place = std::ranges::lower_bound(entries_, node, {}, &ClassEntry::node);
  return place != entries_.end() && place->node == node ? &*place : nullptr;
}

bool ClassNames::is_anonymous(const ClassEntry& entry) const {
  return !entry.singleton && entry.type != Type::kIclass && !entry.name.valid();
}

// Walks up to the first class that is neither singleton nor included module, and labels all that
// it passes: every class is passed once, and a cycle, which only a damaged dump can hold, ends at
// the provisional label of where it began.
void ClassNames::label_instances_of(const ClassEntry& start) {
  const ClassId nameless = words_.intern_class("(nameless class)");
  std::vector<std::uint32_t> passed;
  ClassId label = nameless;
  for (const ClassEntry* entry = &start; entry != nullptr; entry = find(entry->superclass_node)) {
    const auto [place, fresh] = instance_labels_.emplace(entry->node, nameless);
    if (!fresh) {
      label = place->second;
      break;
    }
    passed.push_back(entry->node);
    const std::string_view real_name = words_.text(entry->real_name);
    if (!entry->singleton && entry->type != Type::kIclass) {
      label = words_.intern_class(provisional_name(*entry));
      break;
    }
    if (!real_name.empty() && !real_name.starts_with("#<")) {
      label = words_.intern_class(real_name);
      break;
    }
  }
  for (const std::uint32_t node : passed) instance_labels_[node] = label;
}

// An anonymous class has a label of its own until finish() knows more.
std::string ClassNames::provisional_name(const ClassEntry& entry) const {
  if (entry.name.valid()) return std::string(words_.text(entry.name));
  return fmt::format("{}{} #{})", kAnonymous, entry.type == Type::kModule ? "module" : "class",
                     entry.node);
}

ClassId ClassNames::label(Type type, std::uint8_t flags, std::uint32_t class_node,
                          StringId detail) const {
  switch (type) {
    case Type::kClass:
      return words_.intern_class((flags & kSingleton) != 0 ? "(singleton class)" : "Class");
    case Type::kModule:
      return words_.intern_class("Module");
    case Type::kIclass:
      return words_.intern_class("(include class)");
    case Type::kImemo:
      return words_.intern_class(detail.valid() ? fmt::format("(imemo {})", words_.text(detail))
                                                : "(imemo)");
    default:
      break;
  }
  const auto place = instance_labels_.find(class_node);
  if (class_node != 0 && place != instance_labels_.end()) {
    const bool plain_data =
        type == Type::kData && detail.valid() && words_.class_name(place->second) == kObjectClass;
    if (!plain_data) return place->second;
  }
  if (type == Type::kData && detail.valid()) {
    return words_.intern_class(fmt::format("(data {})", words_.text(detail)));
  }
  return words_.intern_class(
      fmt::format("(internal {})", kTypes[static_cast<std::size_t>(type)].name));
}

std::string ClassNames::own_name(const ClassEntry& entry) const {
  if (entry.name.valid()) return std::string(words_.text(entry.name));
  if (entry.singleton) {
    const auto attached = attached_.find(entry.node);
    const ClassEntry* owner = attached != attached_.end() ? find(attached->second) : nullptr;
    if (owner != nullptr && owner->name.valid()) {
      return fmt::format("#<Class:{}>", words_.text(owner->name));
    }
    const std::string_view label = words_.class_name(instance_labels_.at(entry.node));
    const bool provisional = label.starts_with(kAnonymous);
    return fmt::format("singleton class of one {}", provisional ? "anonymous class" : label);
  }
  if (entry.type == Type::kIclass) {
    const ClassEntry* module = find(entry.class_node);
    return module != nullptr && module->name.valid()
               ? fmt::format("{} (included)", words_.text(module->name))
               : "(included module)";
  }
  return {};
}

std::string ClassNames::describe_anonymous(const HeapGraph& graph, const ClassEntry& entry,
                                           std::uint32_t holder) const {
  std::string text(kAnonymous);
  text += entry.type == Type::kModule ? "module" : "class";
  const ClassEntry* base = find(entry.superclass_node);
  for (int steps = 0; base != nullptr && base->type == Type::kIclass && steps < 1000; ++steps) {
    base = find(base->superclass_node);
  }
  if (base != nullptr && base->name.valid() && words_.text(base->name) != kObjectClass) {
    text += fmt::format(" < {}", words_.text(base->name));
  }
  if (holder != 0) {
    const ClassEntry* by = find(holder);
    if (by != nullptr && (by->name.valid() || by->singleton)) {
      text += fmt::format(" held by {}", own_name(*by));
    } else if (by == nullptr) {
      text += fmt::format(" held by {} {}", graph.kind_name(holder), graph.class_name(holder));
    }
  }
  return text + ")";
}

// For each anonymous class the node that says most about where it is kept, or 0.
std::vector<std::uint32_t> ClassNames::find_holders(const HeapGraph& graph) const {
  std::vector<std::uint32_t> holders(anonymous_.size());
  std::vector<std::uint8_t> wanted(graph.node_count());
  for (const std::size_t i : anonymous_) wanted[entries_[i].node] = 1;
  const auto position = [&](std::uint32_t node) {
    return static_cast<std::size_t>(
        std::ranges::lower_bound(anonymous_, node, {},
                                 [&](std::size_t i) { return entries_[i].node; }) -
        anonymous_.begin());
  };
  for (std::uint32_t node = graph.first_object; node < graph.node_count(); ++node) {
    for (const std::uint32_t target : graph.references(node)) {
      if (wanted[target] == 0) continue;
      // A subclass knows its superclass and a metaclass its class: they do not hold it.
      const ClassEntry* by = find(node);
      if (by != nullptr && (by->superclass_node == target || by->type == Type::kIclass)) continue;
      const auto attached = attached_.find(node);
      if (node == target || (attached != attached_.end() && attached->second == target)) continue;
      std::uint32_t& holder = holders[position(target)];
      if (holder == 0 || eloquence(graph, node) > eloquence(graph, holder)) holder = node;
    }
  }
  return holders;
}

void ClassNames::finish(HeapGraph& graph, bool name_holders) const {
  for (const ClassEntry& entry : entries_) {
    const std::string name = own_name(entry);
    if (!name.empty()) graph.own_names.emplace_back(entry.node, words_.intern(name));
  }
  if (!anonymous_.empty()) {
    const std::vector<std::uint32_t> holders =
        name_holders ? find_holders(graph) : std::vector<std::uint32_t>(anonymous_.size());
    tsl::robin_map<std::uint32_t, ClassId> renamed;  // by provisional ClassId
    for (std::size_t i = 0; i < anonymous_.size(); ++i) {
      const ClassEntry& entry = entries_[anonymous_[i]];
      const std::string name = describe_anonymous(graph, entry, holders[i]);
      graph.own_names.emplace_back(entry.node, words_.intern(name));
      renamed[instance_labels_.at(entry.node).value] = words_.intern_class(name);
    }
    std::vector<ClassId> labels(graph.class_id.begin(), graph.class_id.end());
    for (ClassId& label : labels) {
      if (const auto place = renamed.find(label.value); place != renamed.end()) {
        label = place->second;
      }
    }
    graph.class_id = std::move(labels);
  }
  std::ranges::sort(graph.own_names);
}

}  // namespace tidemark::ruby
