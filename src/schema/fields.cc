#include "schema/fields.h"

namespace tidemark {
namespace {

constexpr std::string_view word_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kNotADump:
      return "not_a_dump";
    case ErrorCode::kDamaged:
      return "damaged";
    case ErrorCode::kTooLarge:
      return "too_large";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kUnsupported:
      return "unsupported";
  }
  return "io";
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

void Fields::document(std::string_view name, int version, std::string_view meaning,
                      const std::vector<Notice>& notices) {
  visitor_.document(name, version, meaning);
  (*this)("notices", notices, "what to know of this answer although it is sound");
}

void describe(Fields& fields, const Notice& notice) {
  fields.record("Notice", "What to know of an answer although it is sound.");
  fields("code", notice.code, "for programs; stays as it is while the message may be reworded");
  fields("message", notice.message, "one sentence");
  fields("file", unless_empty(notice.file), "the file that it is about");
  fields("offset_bytes", notice.offset, "where in it, after decompression");
  fields("hint", unless_empty(notice.hint), "what to do next");
}

void describe(Fields& fields, const Error& error) {
  fields.record("Error", "Why there is no answer.");
  fields("code", word_of(error.code),
         "io, not_a_dump, damaged, too_large, not_found, usage, cancelled or unsupported");
  fields("message", error.message, "one sentence");
  fields("file", unless_empty(error.file), "the file that it is about; - is standard input");
  fields("offset_bytes", error.offset, "where in it, after decompression");
  fields("hint", unless_empty(error.hint), "what to do next");
}

void describe(Fields& fields, const ErrorAnswer& answer) {
  fields.document("error", 2, "Any command that fails under --format json.", {});
  fields("error", answer.error, "what went wrong");
}

}  // namespace tidemark
