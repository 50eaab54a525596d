// A JSON document that is read whole, for what is small: a server's answer, an earlier report. The
// dumps have scanners of their own. simdjson reads; one file includes it.
//
// Looking up never fails: what is not there, or is of another kind, is a null, of which one can ask
// again. So a document may hold anything, and is only ever read for what it should hold.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace tidemark {

struct JsonMember;

// Immutable once it is read, so safe to read from many threads. 48 bytes a value, and its text.
class Json {
 public:
  using Elements = std::vector<Json>;
  using Members = std::vector<JsonMember>;

  // All that makes or ends one is in json.cc, where a member is a complete type.
  Json();  // a null
  explicit Json(bool value);
  explicit Json(double value);
  explicit Json(std::string text);
  explicit Json(Elements elements);
  explicit Json(Members members);
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;
  ~Json();

  [[nodiscard]] bool is_boolean() const { return std::holds_alternative<bool>(value_); }
  [[nodiscard]] bool is_number() const { return std::holds_alternative<double>(value_); }
  [[nodiscard]] bool is_text() const { return std::holds_alternative<std::string>(value_); }
  [[nodiscard]] bool is_array() const { return std::holds_alternative<Elements>(value_); }
  [[nodiscard]] bool is_object() const { return std::holds_alternative<Members>(value_); }

  [[nodiscard]] bool is_true() const;
  [[nodiscard]] double number_or(double otherwise) const;
  [[nodiscard]] const std::string& text() const;              // empty where it is no text
  [[nodiscard]] std::span<const Json> elements() const;       // none where it is no array
  [[nodiscard]] std::span<const JsonMember> members() const;  // none where it is no object
  // The first member of that name.
  [[nodiscard]] const Json& operator[](std::string_view name) const;

 private:
  std::variant<std::monostate, bool, double, std::string, Elements, Members> value_;
};

struct JsonMember {
  std::string name;
  Json value;
};

// `file`: what the text came from, for errors. Errors: kDamaged with the offset, as far as it is
// known, for text that is no JSON, ends early, goes on behind its value or is nested more than
// 1,000 deep.
Result<Json> parse_json(std::string_view text, std::string_view file);

}  // namespace tidemark
