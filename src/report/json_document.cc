#include "report/json_document.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>

namespace tidemark {
namespace {

// SOURCE_DATE_EPOCH: for outputs that are compared byte by byte (reproducible-builds.org).
std::string now_text() {
  std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (const char* const fixed = std::getenv("SOURCE_DATE_EPOCH"); fixed != nullptr) {
    const std::string_view text(fixed);
    std::int64_t given = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), given);
    if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) seconds = given;
  }
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

void JsonFields::key(const Field& field) {
  if (!field.name.empty()) json_.key(field.name);
}

void JsonFields::document(std::string_view name, int version, std::string_view /*meaning*/) {
  json_.member("schema", fmt::format("tidemark.{}/{}", name, version));
  json_.member("tool", "tidemark " TIDEMARK_VERSION);
  json_.member("generated_at", now_text());
}

void JsonFields::null(const Field& field) {
  key(field);
  json_.null();
}

void JsonFields::truth(const Field& field, bool value) {
  key(field);
  json_.value(value);
}

void JsonFields::integer(const Field& field, std::int64_t value) {
  key(field);
  json_.value(value);
}

void JsonFields::natural(const Field& field, std::uint64_t value) {
  key(field);
  json_.value(value);
}

void JsonFields::number(const Field& field, double value) {
  key(field);
  json_.value(value);
}

void JsonFields::text(const Field& field, std::string_view value) {
  key(field);
  json_.value(value);
}

void JsonFields::word(const Field& field, std::string_view value, std::span<const Word> /*all*/) {
  text(field, value);
}

void JsonFields::begin_record(const Field& field) {
  key(field);
  json_.begin_object();
}

void JsonFields::end_record() { json_.end_object(); }

void JsonFields::begin_list(const Field& field) {
  key(field);
  json_.begin_array();
}

void JsonFields::end_list() { json_.end_array(); }

}  // namespace tidemark
