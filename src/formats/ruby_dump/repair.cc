#include "formats/ruby_dump/repair.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "formats/ruby_dump/scan.h"

namespace tidemark::ruby {
namespace {

// Members that may follow a value which MRI writes unescaped, the most frequent first.
constexpr std::array<std::string_view, 43> kMembers = {"line\":",
                                                       "generation\":",
                                                       "references\":",
                                                       "method\":",
                                                       "memsize\":",
                                                       "flags\":",
                                                       "file\":",
                                                       "name\":",
                                                       "address\":",
                                                       "type\":",
                                                       "shape_id\":",
                                                       "slot_size\":",
                                                       "class\":",
                                                       "frozen\":",
                                                       "node_type\":",
                                                       "imemo_type\":",
                                                       "mid\":",
                                                       "called_id\":",
                                                       "receiver_class\":",
                                                       "embedded\":",
                                                       "broken\":",
                                                       "associated\":",
                                                       "fstring\":",
                                                       "chilled\":",
                                                       "shared\":",
                                                       "bytesize\":",
                                                       "capacity\":",
                                                       "value\":",
                                                       "encoding\":",
                                                       "coderange\":",
                                                       "size\":",
                                                       "default\":",
                                                       "length\":",
                                                       "variation_count\":",
                                                       "superclass\":",
                                                       "singleton\":",
                                                       "real_class_name\":",
                                                       "struct\":",
                                                       "free_immediately\":",
                                                       "ivars\":",
                                                       "too_complex_shape\":",
                                                       "complex_shape\":",
                                                       "fd\":"};

std::string_view text_between(const char* p, const char* end) {
  return {p, static_cast<std::size_t>(end - p)};
}

bool known_member_at(const char* p, const char* end) {
  const std::string_view rest = text_between(p, end);
  return std::ranges::any_of(kMembers, [&](std::string_view m) { return rest.starts_with(m); });
}

// A known member or the end of the record follows the quote at `q`.
bool closes_text(const char* q, const char* end) {
  if (q[1] == '}') {
    const char* next = skip_blanks(q + 2, end);
    return next >= end || *next == '\n' || *next == '{';
  }
  if (q[1] != ',') return false;
  const char* name = q[2] == ' ' ? q + 3 : q + 2;
  return *name == '"' && known_member_at(name + 1, end);
}

}  // namespace

bool record_at(const char* p, const char* end) {
  const std::string_view rest = text_between(p, end);
  return rest.starts_with("{\"address\":\"0x") || rest.starts_with("{\"type\":\"ROOT\"");
}

void Repair::begin_block(const char* end) {
  end_ = end;
  line_ = no_record_ = no_member_ = no_closing_ = {};
}

const char* Repair::line_stop(const char* p) {
  if (!line_.holds(p)) line_ = {.from = p, .until = line_end(p, end_)};
  return line_.until;
}

const char* Repair::record_or_stop(const char* p) {
  if (no_record_.holds(p)) return no_record_.until;
  const char* stop = line_stop(p);
  const char* q = p;
  while ((q = find_byte(q, '{', stop)) < stop && !record_at(q, stop)) ++q;
  no_record_ = {.from = p, .until = q};
  return q;
}

const char* Repair::next_record(const char* p) {
  const char* place = record_or_stop(p);
  return place < line_stop(p) ? place : nullptr;
}

const char* Repair::next_member(const char* member, const char* p) {
  const char* limit = record_or_stop(member);
  if (p >= limit || no_member_.holds(p)) return nullptr;
  for (const char* q = p; (q = find_byte(q, ',', limit)) < limit; ++q) {
    const char* quote = q[1] == ' ' ? q + 2 : q + 1;
    if (quote < limit && *quote == '"' && known_member_at(quote + 1, limit)) return quote;
  }
  no_member_ = {.from = p, .until = limit};
  return nullptr;
}

const char* Repair::raw_text_end(const char* begin, bool& repaired) {
  if (no_closing_.holds(begin)) return nullptr;
  bool passed = false;
  for (const char* q = begin;; ++q) {
    q = scan_to<'"'>(q, end_);
    const bool open = q >= end_ || *q != '"';
    if (open || (q > begin && q[-1] == '{' && record_at(q - 1, end_))) {
      no_closing_ = {.from = begin, .until = q};
      return nullptr;
    }
    if (closes_text(q, end_)) {
      repaired = repaired || passed;
      return q;
    }
    passed = passed || q == begin || q[-1] != '\\';
  }
}

}  // namespace tidemark::ruby
