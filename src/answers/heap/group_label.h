// What a group of objects stands for, in answers.
#pragma once

#include <optional>
#include <string>

#include "analysis/dimension.h"
#include "schema/fields.h"

namespace tidemark {

struct GroupKey;

// Raw text out of the heap. What the grouping does not look at is unknown.
struct GroupLabel {
  std::optional<std::string> label;  // "app/a.rb:19", "json 2.6", "Order"; unknown: not recorded
  std::optional<std::string> class_name;
  std::optional<std::string> type;

  // Is the text part of any of them?
  [[nodiscard]] bool contains(const std::string& text) const;
};

GroupLabel group_label(GroupKey&& key);

// The fields "label", "class" and "type" of the row that the label belongs to.
void describe_label(Fields& fields, const GroupLabel& label);

template <>
inline constexpr auto kWordsOf<Dimension> = std::to_array<WordOf<Dimension>>({
    {Dimension::kSite, "site", "the line that allocated an object, with class and type"},
    {Dimension::kClass, "class", "class and type"},
    {Dimension::kType, "type", "the runtime's basic types"},
    {Dimension::kGem, "gem", "the package whose file allocated it"},
    {Dimension::kMethod, "method", "the method that allocated it"},
    {Dimension::kFile, "file", "the file that allocated it"},
    {Dimension::kGeneration, "generation", "the garbage collection that it was born after"},
});

}  // namespace tidemark
