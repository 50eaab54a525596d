#include "base/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace tidemark {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;
using simdjson::simdjson_result;

constexpr int kDeepest = 1000;  // a call each

error_code read_value(ondemand::value source, int depth, Json& out);

// NOLINTNEXTLINE(misc-no-recursion): kDeepest
error_code read_array(ondemand::value& source, int depth, Json& out) {
  ondemand::array array;
  if (const error_code error = source.get_array().get(array)) return error;
  Json::Elements elements;
  for (auto element : array) {
    ondemand::value value;
    if (const error_code error = element.get(value)) return error;
    if (const error_code error = read_value(value, depth + 1, elements.emplace_back()))
      return error;
  }
  out = Json(std::move(elements));
  return simdjson::SUCCESS;
}

// NOLINTNEXTLINE(misc-no-recursion): kDeepest
error_code read_object(ondemand::value& source, int depth, Json& out) {
  ondemand::object object;
  if (const error_code error = source.get_object().get(object)) return error;
  Json::Members members;
  for (auto field : object) {
    std::string_view name;
    ondemand::value value;
    if (const error_code error = field.unescaped_key().get(name)) return error;
    JsonMember& member = members.emplace_back();
    member.name = name;
    if (const error_code error = field.value().get(value)) return error;
    if (const error_code error = read_value(value, depth + 1, member.value)) return error;
  }
  out = Json(std::move(members));
  return simdjson::SUCCESS;
}

// Of a value, or of a document that is no array and no object.
template <class Source>
error_code read_plain(Source& source, ondemand::json_type type, Json& out) {
  if (type == ondemand::json_type::string) {
    std::string_view text;
    if (const error_code error = source.get_string().get(text)) return error;
    out = Json(std::string(text));
    return simdjson::SUCCESS;
  }
  if (type == ondemand::json_type::number) {
    double number = 0;
    if (const error_code error = source.get_double().get(number)) return error;
    out = Json(number);
    return simdjson::SUCCESS;
  }
  if (type == ondemand::json_type::boolean) {
    bool boolean = false;
    if (const error_code error = source.get_bool().get(boolean)) return error;
    out = Json(boolean);
    return simdjson::SUCCESS;
  }
  out = Json();
  bool null = false;
  const error_code error = simdjson_result<bool>(source.is_null()).get(null);
  if (error == simdjson::SUCCESS && !null) return simdjson::N_ATOM_ERROR;
  return error;
}

// NOLINTNEXTLINE(misc-no-recursion): kDeepest
error_code read_value(ondemand::value source, int depth, Json& out) {
  if (depth > kDeepest) return simdjson::DEPTH_ERROR;
  ondemand::json_type type{};
  if (const error_code error = source.type().get(type)) return error;
  if (type == ondemand::json_type::array) return read_array(source, depth, out);
  if (type == ondemand::json_type::object) return read_object(source, depth, out);
  return read_plain(source, type, out);
}

error_code read_document(ondemand::document& document, Json& out) {
  ondemand::json_type type{};
  if (const error_code error = document.type().get(type)) return error;
  error_code error = simdjson::SUCCESS;
  if (type == ondemand::json_type::array || type == ondemand::json_type::object) {
    ondemand::value root;
    error = document.get_value().get(root);
    if (!error) error = read_value(root, 1, out);
  } else {
    error = read_plain(document, type, out);
  }
  if (error) return error;
  const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return at_end ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

}  // namespace

Json::Json() = default;
Json::Json(bool value) : value_(value) {}
Json::Json(double value) : value_(value) {}
Json::Json(std::string text) : value_(std::move(text)) {}
Json::Json(Elements elements) : value_(std::move(elements)) {}
Json::Json(Members members) : value_(std::move(members)) {}
Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

bool Json::is_true() const {
  const bool* value = std::get_if<bool>(&value_);
  return value != nullptr && *value;
}

double Json::number_or(double otherwise) const {
  const double* value = std::get_if<double>(&value_);
  return value != nullptr ? *value : otherwise;
}

const std::string& Json::text() const {
  static const std::string kNone;
  const std::string* value = std::get_if<std::string>(&value_);
  return value != nullptr ? *value : kNone;
}

std::span<const Json> Json::elements() const {
  const Elements* value = std::get_if<Elements>(&value_);
  return value != nullptr ? std::span<const Json>(*value) : std::span<const Json>();
}

std::span<const JsonMember> Json::members() const {
  const Members* value = std::get_if<Members>(&value_);
  return value != nullptr ? std::span<const JsonMember>(*value) : std::span<const JsonMember>();
}

const Json& Json::operator[](std::string_view name) const {
  static const Json kNull;
  for (const JsonMember& member : members()) {
    if (member.name == name) return member.value;
  }
  return kNull;
}

Result<Json> parse_json(std::string_view text, std::string_view file) {
  const simdjson::padded_string padded(text);  // which it may read behind
  ondemand::parser parser;
  ondemand::document document;
  Json out;
  error_code error = parser.iterate(padded).get(document);
  const bool begun = error == simdjson::SUCCESS;
  if (begun) error = read_document(document, out);
  if (error == simdjson::SUCCESS) return out;
  Error said{.code = ErrorCode::kDamaged,
             .message = fmt::format("broken JSON: {}", simdjson::error_message(error)),
             .file = std::string(file),
             .offset = {},
             .hint = {}};
  while (said.message.ends_with('.')) said.message.pop_back();
  const char* at = nullptr;
  if (begun && document.current_location().get(at) == simdjson::SUCCESS && at >= padded.data()) {
    said.offset = std::min(static_cast<std::size_t>(at - padded.data()), text.size());
  }
  return std::unexpected(std::move(said));
}

}  // namespace tidemark
