#include "schema/shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "schema/unit.h"

namespace tidemark {
namespace {

bool is_snake_case(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool same(const FieldShape& a, const FieldShape& b) {
  return a.name == b.name && a.optional == b.optional && a.list == b.list && a.kind == b.kind &&
         a.type == b.type;
}

}  // namespace

void ShapeVisitor::document(std::string_view name, int version, std::string_view meaning) {
  shape_.version = version;
  open_.back().name = name;
  open_.back().meaning = meaning;
}

void ShapeVisitor::record(std::string_view type, std::string_view meaning) {
  open_.back().name = type;
  open_.back().meaning = meaning;
}

FieldShape& ShapeVisitor::add(const Field& field, FieldKind kind) {
  const Field& named = in_list_ ? list_ : field;
  RecordShape& record = open_.back();
  FieldShape shape;
  shape.name = named.name;
  shape.meaning = named.meaning;
  shape.unit = unit_of_field(named.name);
  shape.optional = named.optional;
  shape.list = in_list_;
  shape.kind = kind;
  const std::string where = record.name + "." + shape.name;
  if (!is_snake_case(shape.name)) problem(where + ": no lower_snake_case");
  if (shape.meaning.empty()) problem(where + ": no meaning");
  const auto taken = std::ranges::find(record.fields, shape.name, &FieldShape::name);
  if (taken != record.fields.end()) problem(where + ": there twice");
  record.fields.push_back(std::move(shape));
  return record.fields.back();
}

void ShapeVisitor::null(const Field& field) { problem(fmt::format("{}: null", field.name)); }
void ShapeVisitor::truth(const Field& field, bool /*value*/) { add(field, FieldKind::kTruth); }
void ShapeVisitor::integer(const Field& field, std::int64_t /*value*/) {
  add(field, FieldKind::kInteger);
}
void ShapeVisitor::natural(const Field& field, std::uint64_t /*value*/) {
  add(field, FieldKind::kInteger);
}
void ShapeVisitor::number(const Field& field, double /*value*/) { add(field, FieldKind::kNumber); }
void ShapeVisitor::text(const Field& field, std::string_view /*value*/) {
  add(field, FieldKind::kText);
}

void ShapeVisitor::word(const Field& field, std::string_view /*value*/, std::span<const Word> all) {
  FieldShape& shape = add(field, FieldKind::kWord);
  shape.words.assign(all.begin(), all.end());
  for (const Word& word : all) {
    if (!is_snake_case(word.word)) problem(fmt::format("{}: word '{}'", shape.name, word.word));
  }
}

void ShapeVisitor::begin_record(const Field& field) {
  add(field, FieldKind::kRecord);
  in_list_ = false;
  open_.emplace_back();
}

void ShapeVisitor::end_record() {
  RecordShape record = std::move(open_.back());
  open_.pop_back();
  FieldShape& field = open_.back().fields.back();
  field.type = record.name;
  in_list_ = field.list;  // its list is still open
  if (in_list_) list_ = {.name = field.name, .meaning = field.meaning, .optional = field.optional};
  if (record.name.empty()) problem(field.name + ": a record without a type");
  const auto known = std::ranges::find(shape_.records, record.name, &RecordShape::name);
  if (known == shape_.records.end()) {
    shape_.records.push_back(std::move(record));
  } else if (!std::ranges::equal(known->fields, record.fields, same)) {
    problem(record.name + ": two shapes of one type");
  }
}

void ShapeVisitor::begin_list(const Field& field) {
  if (in_list_) problem(fmt::format("{}: a list of lists", list_.name));
  in_list_ = true;
  list_ = field;
}

void ShapeVisitor::end_list() { in_list_ = false; }

DocumentShape ShapeVisitor::take() {
  shape_.top = std::move(open_.front());
  return std::move(shape_);
}

}  // namespace tidemark
