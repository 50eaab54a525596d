// An answer as a JSON document, by its description (schema/fields.h).
//
//   {"schema": "tidemark.suspects/2", "tool": "tidemark 0.1.0",
//    "generated_at": "2026-01-31T14:05:00Z", "notices": [...], ...}
//
// What documents promise stands in docs/json.md.
#pragma once

#include <cstddef>
#include <string>

#include "report/json_writer.h"
#include "report/text_sink.h"
#include "schema/fields.h"

namespace tidemark {

class JsonFields final : public FieldVisitor {
 public:
  explicit JsonFields(JsonWriter& json) : json_(json) {}

  void document(std::string_view name, int version, std::string_view meaning) override;
  void record(std::string_view /*type*/, std::string_view /*meaning*/) override {}
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

 private:
  void key(const Field& field);

  JsonWriter& json_;
};

// `limit`: of the lists that --limit cuts. The time is now, or that of SOURCE_DATE_EPOCH.
template <class Answer>
void write_json(TextSink& sink, const Answer& answer, std::size_t limit = Fields::kAll) {
  JsonWriter json(sink);
  JsonFields visitor(json);
  Fields fields(visitor, limit);
  json.begin_object();
  describe(fields, answer);
  json.end_document();
}

// The same on one line of JSON Lines, for answers that come one after the other.
template <class Answer>
void write_json_line(TextSink& sink, const Answer& answer, std::size_t limit = Fields::kAll) {
  JsonWriter json(sink, JsonWriter::Layout::kLine);
  JsonFields visitor(json);
  Fields fields(visitor, limit);
  json.begin_object();
  describe(fields, answer);
  json.end_document();
}

}  // namespace tidemark
