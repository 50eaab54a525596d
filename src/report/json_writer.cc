#include "report/json_writer.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <iterator>

#include "report/utf8.h"

namespace tidemark {
namespace {

constexpr std::size_t kFlushAt = std::size_t{1} << 16;

// Plain notation in the range where people read it, an exponent elsewhere.
std::string shortest(double number) {
  const double size = std::fabs(number);
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e17);
  std::array<char, 64> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), number,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string out(digits.begin(), end.ptr);
  if (plain && out.find('.') == std::string::npos) out += ".0";
  return out;
}

void append_escape(std::string& out, char32_t code) {
  switch (static_cast<std::uint32_t>(code)) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(code));
  }
}

}  // namespace

JsonWriter::~JsonWriter() {
  if (!buffer_.empty()) sink_.write(buffer_);
}

void JsonWriter::begin_document(std::string_view command, int version) {
  begin_object();
  member("schema", fmt::format("tidemark.{}/{}", command, version));
}

void JsonWriter::end_document() {
  end_object();
  assert(done_);
  buffer_ += '\n';
  sink_.write(buffer_);
  buffer_.clear();
}

void JsonWriter::begin_object() { open(Scope::kObject, '{'); }
void JsonWriter::end_object() { close(Scope::kObject, '}'); }
void JsonWriter::begin_array() { open(Scope::kArray, '['); }
void JsonWriter::end_array() { close(Scope::kArray, ']'); }

void JsonWriter::key(std::string_view name) {
  assert(!open_.empty() && open_.back() == Scope::kObject && !after_key_);
  if (!first_) buffer_ += ',';
  first_ = false;
  new_line();
  append_string(name);
  buffer_ += ": ";
  after_key_ = true;
}

void JsonWriter::value(std::string_view text) {
  begin_value();
  append_string(text);
  flush_if_large();
}

void JsonWriter::value(double number) {
  write_value(std::isfinite(number) ? shortest(number) : "null");
}

void JsonWriter::write_signed(std::int64_t number) { write_value(fmt::format_int(number).c_str()); }

void JsonWriter::write_unsigned(std::uint64_t number) {
  write_value(fmt::format_int(number).c_str());
}

void JsonWriter::write_value(std::string_view literal) {
  begin_value();
  buffer_ += literal;
  flush_if_large();
}

void JsonWriter::begin_value() {
  assert(!done_);
  if (open_.empty()) {
    done_ = true;
  } else if (open_.back() == Scope::kObject) {
    assert(after_key_);
    after_key_ = false;
  } else {
    if (!first_) buffer_ += ',';
    new_line();
  }
  first_ = false;
}

void JsonWriter::open(Scope scope, char bracket) {
  begin_value();
  done_ = false;
  open_.push_back(scope);
  buffer_ += bracket;
  first_ = true;
}

void JsonWriter::close(Scope scope, char bracket) {
  assert(!open_.empty() && open_.back() == scope && !after_key_);
  open_.pop_back();
  if (!first_) new_line();
  buffer_ += bracket;
  first_ = false;
  done_ = open_.empty();
  flush_if_large();
}

void JsonWriter::new_line() {
  if (layout_ == Layout::kLine) return;
  buffer_ += '\n';
  buffer_.append(2 * open_.size(), ' ');
}

void JsonWriter::append_string(std::string_view text) {
  buffer_ += '"';
  while (!text.empty()) {
    const Utf8Character next = decode_utf8(text);
    if (next.code < 0x20 || next.code == '"' || next.code == '\\' ||
        (next.code >= 0x7F && next.code <= 0x9F)) {
      append_escape(buffer_, next.code);
    } else {
      append_utf8(buffer_, next.code);
    }
    text.remove_prefix(next.length);
  }
  buffer_ += '"';
}

void JsonWriter::flush_if_large() {
  if (buffer_.size() < kFlushAt) return;
  sink_.write(buffer_);
  buffer_.clear();
}

}  // namespace tidemark
