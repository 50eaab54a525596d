#include "answers/heap/group_label.h"

#include <utility>

#include "analysis/grouping.h"

namespace tidemark {
namespace {

std::optional<std::string> unless_empty(std::string&& text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

bool is_part(const std::string& text, const std::optional<std::string>& whole) {
  return whole && whole->contains(text);
}

}  // namespace

bool GroupLabel::contains(const std::string& text) const {
  return text.empty() || is_part(text, label) || is_part(text, class_name) || is_part(text, type);
}

GroupLabel group_label(GroupKey&& key) {
  return {.label = unless_empty(std::move(key.label)),
          .class_name = unless_empty(std::move(key.class_name)),
          .type = unless_empty(std::move(key.kind))};
}

void describe_label(Fields& fields, const GroupLabel& label) {
  fields("label", label.label,
         "what the group stands for: a place, a package, a class...; null: not recorded");
  fields("class", label.class_name, "of groups by site or class");
  fields("type", label.type, "the runtime's name of it, of groups by site, class or type");
}

}  // namespace tidemark
