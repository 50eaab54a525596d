// Writes JSON as it is told, in order, indented by two spaces.
//
//   JsonWriter json(sink);
//   json.begin_document("summary");            // {"schema": "tidemark.summary/1"
//   json.member("objects", graph.object_count());
//   json.begin_array("classes");
//   ...
//   json.end_array();
//   json.end_document();                       // } and a newline
//
// Strings may hold anything: invalid UTF-8 becomes U+FFFD, and control characters (DEL and C1
// included) are escaped. Numbers are exact; a reader in JavaScript loses integers above 2^53, so
// write addresses as strings. Doubles have the fewest digits that read back as the same number,
// with a point or an exponent; infinities and NaN become null.
// Misuse (a key outside an object, an end that does not match) is an assertion.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/text_sink.h"

namespace tidemark {

template <class T>
concept JsonInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

class JsonWriter {
 public:
  // kLine: no line break but the one at the end of the document.
  enum class Layout : std::uint8_t { kIndented, kLine };

  explicit JsonWriter(TextSink& sink, Layout layout = Layout::kIndented)
      : sink_(sink), layout_(layout) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter();

  // Every document of ours is an object that begins with its schema:
  // "tidemark.<command>/<version>".
  void begin_document(std::string_view command, int version = 1);
  void end_document();

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(double number);
  template <std::same_as<bool> Bool>
  void value(Bool truth) {
    write_value(truth ? "true" : "false");
  }
  template <JsonInteger Integer>
  void value(Integer number) {
    if constexpr (std::signed_integral<Integer>) {
      write_signed(number);
    } else {
      write_unsigned(number);
    }
  }
  void null() { write_value("null"); }

  // A key and what belongs to it.
  template <class T>
  void member(std::string_view name, const T& content) {
    key(name);
    value(content);
  }
  void null(std::string_view name) {
    key(name);
    null();
  }
  void begin_object(std::string_view name) {
    key(name);
    begin_object();
  }
  void begin_array(std::string_view name) {
    key(name);
    begin_array();
  }

 private:
  enum class Scope : std::uint8_t { kObject, kArray };

  void open(Scope scope, char bracket);
  void close(Scope scope, char bracket);
  void begin_value();
  void new_line();
  void write_value(std::string_view literal);
  void write_signed(std::int64_t number);
  void write_unsigned(std::uint64_t number);
  void append_string(std::string_view text);
  void flush_if_large();

  TextSink& sink_;
  Layout layout_;
  std::string buffer_;
  std::vector<Scope> open_;
  bool first_ = true;       // nothing yet in the innermost scope
  bool after_key_ = false;  // a value must follow
  bool done_ = false;       // the top value is complete
};

}  // namespace tidemark
