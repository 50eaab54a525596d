// The shape of a document as data, learnt from its description: for the reference, TypeScript
// types, and whatever else is generated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/fields.h"

namespace tidemark {

enum class FieldKind : std::uint8_t { kTruth, kInteger, kNumber, kText, kWord, kRecord };

struct FieldShape {
  std::string name;
  std::string meaning;
  std::string_view unit;  // see unit.h
  bool optional = false;
  bool list = false;  // of what `kind` says
  FieldKind kind = FieldKind::kText;
  std::string type;  // kRecord: its name
  std::vector<Word> words;
};

struct RecordShape {
  std::string name;  // of a document: its own, "suspects"
  std::string meaning;
  std::vector<FieldShape> fields;
};

struct DocumentShape {
  RecordShape top;
  int version = 0;
  std::vector<RecordShape> records;  // that it is made of, each once, in the order of first use
};

// Takes down what a description says of a value-initialised answer. Misuse (a name that is no
// lower_snake_case or there twice, a list of lists, a record without a type, two shapes of one
// type) is told in `problems`.
class ShapeVisitor final : public FieldVisitor {
 public:
  [[nodiscard]] bool wants_shape() const override { return true; }
  void document(std::string_view name, int version, std::string_view meaning) override;
  void record(std::string_view type, std::string_view meaning) override;
  void null(const Field& field) override;
  void truth(const Field& field, bool value) override;
  void integer(const Field& field, std::int64_t value) override;
  void natural(const Field& field, std::uint64_t value) override;
  void number(const Field& field, double value) override;
  void text(const Field& field, std::string_view value) override;
  void word(const Field& field, std::string_view value, std::span<const Word> all) override;
  void begin_record(const Field& field) override;
  void end_record() override;
  void begin_list(const Field& field) override;
  void end_list() override;

  // After the description.
  [[nodiscard]] DocumentShape take();
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  FieldShape& add(const Field& field, FieldKind kind);
  void problem(std::string text) { problems_.push_back(std::move(text)); }

  DocumentShape shape_;
  std::vector<RecordShape> open_{1};  // the document, and records within
  bool in_list_ = false;              // the next field is an element of this list:
  Field list_;
  std::vector<std::string> problems_;
};

template <class Answer>
DocumentShape shape_of(std::vector<std::string>* problems = nullptr) {
  ShapeVisitor visitor;
  Fields fields(visitor);
  describe(fields, Answer{});
  if (problems != nullptr) {
    problems->insert(problems->end(), visitor.problems().begin(), visitor.problems().end());
  }
  return visitor.take();
}

}  // namespace tidemark
