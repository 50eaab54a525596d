// Nodes and edges stream by before the strings that name them: while they do, a mark is set for
// each string of the table, for what it is used; when the table comes, it is known what stays.
// A type of node that is not known counts as content.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "transfer/redact/redactor.h"

namespace tidemark {
namespace {

constexpr std::uint8_t kIsCode = 1;  // stays
constexpr std::uint8_t kIsKey = 2;   // stays when it looks like a programmer's
constexpr std::size_t kMostMeta = std::size_t{1} << 20;
constexpr std::uint64_t kMostStrings = std::uint64_t{1} << 32;

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

// The nodes' types whose names the code or V8 has given.
constexpr std::array<std::string_view, 9> kCodeNodes = {"hidden",    "array",        "object",
                                                        "code",      "closure",      "native",
                                                        "synthetic", "object shape", "wasm object"};
constexpr std::array<std::string_view, 3> kCodeEdges = {"context", "internal", "shortcut"};
constexpr std::array<std::string_view, 2> kKeyEdges = {"property", "weak"};
// Names that V8 gives to nodes that have no text of their own.
constexpr std::array<std::string_view, 9> kV8Names = {"(concatenated string)",
                                                      "(sliced string)",
                                                      "heap number",
                                                      "bigint",
                                                      "number",
                                                      "string",
                                                      "symbol",
                                                      "regexp",
                                                      "<dummy>"};

// The words of the first array behind "name": in the text; `nested`: of the array in it.
std::vector<std::string> words_of(std::string_view meta, std::string_view name, bool nested) {
  std::vector<std::string> words;
  std::size_t at = meta.find(fmt::format("\"{}\"", name));
  if (at == std::string_view::npos) return words;
  at = meta.find('[', at);
  if (nested && at != std::string_view::npos) at = meta.find('[', at + 1);
  const std::size_t end = at == std::string_view::npos ? at : meta.find(']', at);
  if (end == std::string_view::npos) return words;
  std::string_view rest = meta.substr(at, end - at);
  while (true) {
    const std::size_t open = rest.find('"');
    const std::size_t close = open == std::string_view::npos ? open : rest.find('"', open + 1);
    if (close == std::string_view::npos) return words;
    words.emplace_back(rest.substr(open + 1, close - open - 1));
    rest = rest.substr(close + 1);
  }
}

// A table of numbers: how many to a row, where its name is, and what its types mean for the name.
struct Rows {
  std::size_t fields = 0;
  std::size_t name = 0;
  std::optional<std::size_t> type;
  std::vector<std::uint8_t> marks;  // by type; without types: one
};

std::optional<Rows> rows_of(std::string_view meta, std::string_view fields, std::string_view name,
                            std::string_view types) {
  const auto words = words_of(meta, fields, false);
  const auto named = std::ranges::find(words, name);
  if (named == words.end()) return std::nullopt;
  Rows rows{.fields = words.size(),
            .name = static_cast<std::size_t>(named - words.begin()),
            .type = {},
            .marks = {kIsCode}};
  if (types.empty()) return rows;
  const auto typed = std::ranges::find(words, "type");
  const auto all = words_of(meta, types, true);
  if (typed == words.end() || all.empty()) return std::nullopt;
  rows.type = static_cast<std::size_t>(typed - words.begin());
  rows.marks.clear();
  for (const std::string& type : all) {
    // "hidden" is a type of both; a hidden edge has a number for a name.
    const bool node = types == "node_types";
    const bool code = node ? is_one_of(type, kCodeNodes) : is_one_of(type, kCodeEdges);
    const bool key = node ? type == "symbol" : is_one_of(type, kKeyEdges);
    rows.marks.push_back(code ? kIsCode : key ? kIsKey : std::uint8_t{0});
  }
  return rows;
}

class V8Redactor final : public Redactor {
 public:
  explicit V8Redactor(const Redaction& redaction) : redaction_(redaction) {}

  Result<void> push(std::span<const char> in, std::string& out) override {
    const char* p = in.data();
    const char* const end = p + in.size();
    while (p != end && !error_) p = step(p, end, out);
    return result();
  }

  Result<void> finish(std::string& out) override {
    if (place_ == Place::kString && !error_) end_string(out);
    return result();
  }

 private:
  enum class Place : std::uint8_t {
    kBegin,     // of everything
    kMembers,   // between the members of the whole
    kName,      // in the name of one
    kColon,     // behind it
    kValue,     // before its value
    kSnapshot,  // in the object that describes the rest
    kNumbers,   // in a table of numbers
    kOther,     // in arrays of numbers that name nothing
    kStrings,   // between strings of the table
    kString,    // in one
    kEnd,
  };

  [[nodiscard]] Result<void> result() const {
    if (error_) return std::unexpected(*error_);
    return {};
  }
  void refuse(std::string_view what) {
    error_ = fail(ErrorCode::kDamaged, fmt::format("cannot redact: {}", what),
                  "this is not the form of heap snapshot that tidemark knows; nothing was let "
                  "through")
                 .error();
  }

  // Takes some bytes, at least one.
  const char* step(const char* p, const char* end, std::string& out) {
    if (place_ == Place::kNumbers) return numbers(p, end, out);
    if (place_ == Place::kString) return in_string(p, end, out);
    const char c = *p++;
    switch (place_) {
      case Place::kSnapshot:
        describe(c);
        break;
      case Place::kOther:
        other(c);
        break;
      case Place::kName:
        in_name(c);
        break;
      case Place::kStrings:
        between_strings(c);
        break;
      default:
        if (!is_blank(c)) between(c);
    }
    if (!error_) out += c;
    return p;
  }

  void between(char c) {
    if (place_ == Place::kBegin && c == '{') {
      place_ = Place::kMembers;
    } else if (place_ == Place::kMembers && c == '"') {
      name_.clear();
      place_ = Place::kName;
    } else if (place_ == Place::kMembers && c == '}') {
      place_ = Place::kEnd;
    } else if (place_ == Place::kMembers && c == ',') {
      return;
    } else if (place_ == Place::kColon && c == ':') {
      place_ = Place::kValue;
    } else if (place_ == Place::kValue) {
      begin_value(c);
    } else {
      refuse(place_ == Place::kBegin ? "it is no heap snapshot" : "it is damaged");
    }
  }

  void in_name(char c) {
    if (c == '"') {
      place_ = Place::kColon;
    } else if (c == '\\' || name_.size() > 64) {
      refuse("a member has an odd name");
    } else {
      name_ += c;
    }
  }

  void begin_value(char c) {
    depth_ = 1;
    if (name_ == "snapshot" && c == '{') {
      description_ = "{";
      in_text_ = escaped_ = false;
      place_ = Place::kSnapshot;
      return;
    }
    if (c != '[') return refuse("a member has an odd value");
    place_ = Place::kOther;
    rows_ = nullptr;
    if (name_ == "strings") {
      if (!nodes_ || !edges_ || !seen_nodes_ || !seen_edges_)
        return refuse("its parts are out of order");
      place_ = Place::kStrings;
    } else if (name_ == "nodes") {
      rows_ = nodes_ ? &*nodes_ : nullptr;
      seen_nodes_ = true;
    } else if (name_ == "edges") {
      rows_ = edges_ ? &*edges_ : nullptr;
      seen_edges_ = true;
    } else if (name_ == "trace_function_infos") {
      rows_ = functions_ ? &*functions_ : nullptr;
    } else if (name_ == "scope_context_vars") {
      rows_ = variables_ ? &*variables_ : nullptr;
    }
    if (rows_ == nullptr && (name_ == "nodes" || name_ == "edges"))
      return refuse("its parts are out of order");
    if (rows_ == nullptr) return;
    place_ = Place::kNumbers;
    column_ = 0;
    number_ = 0;
    digits_ = false;
  }

  void describe(char c) {
    description_ += c;
    if (description_.size() > kMostMeta) return refuse("its description is too long");
    if (in_text_) {
      if (c == '"' && !escaped_) in_text_ = false;
      escaped_ = c == '\\' && !escaped_;
      return;
    }
    if (c == '"') in_text_ = true;
    if (c == '{') ++depth_;
    if (c == '}' && --depth_ == 0) {
      nodes_ = rows_of(description_, "node_fields", "name", "node_types");
      edges_ = rows_of(description_, "edge_fields", "name_or_index", "edge_types");
      functions_ = rows_of(description_, "trace_function_info_fields", "name", "");
      scripts_ = rows_of(description_, "trace_function_info_fields", "script_name", "");
      variables_ = rows_of(description_, "scope_context_var_fields", "name", "");
      if (!nodes_ || !edges_) return refuse("its description is not known");
      place_ = Place::kMembers;
    }
  }

  void other(char c) {
    if (c == '[') ++depth_;
    if (c == ']' && --depth_ == 0) place_ = Place::kMembers;
    if (c == '"' || c == '{') refuse(fmt::format("its part \"{}\" holds text", name_));
  }

  const char* numbers(const char* p, const char* end, std::string& out) {
    const char* const begin = p;
    while (p != end) {
      const char c = *p++;
      if (is_digit(c)) {
        number_ = number_ * 10 + static_cast<std::uint64_t>(c - '0');
        digits_ = true;
        continue;
      }
      if (digits_) end_number();
      if (c == ']') {
        place_ = Place::kMembers;
        break;
      }
      if (c != ',' && c != '-' && !is_blank(c)) {
        refuse("a table of numbers holds something else");
        return p;
      }
    }
    if (!error_) out.append(begin, p);
    return p;
  }

  void end_number() {
    if (rows_->type && column_ == *rows_->type) type_ = number_;
    if (column_ == rows_->name) name_index_ = number_;
    const bool functions = functions_ && rows_ == &*functions_;
    if (functions && scripts_ && column_ == scripts_->name) mark(number_, kIsCode);
    number_ = 0;
    digits_ = false;
    if (++column_ < rows_->fields) return;
    column_ = 0;
    const std::uint64_t type = rows_->type ? type_ : 0;
    mark(name_index_, type < rows_->marks.size() ? rows_->marks[type] : std::uint8_t{0});
  }

  void mark(std::uint64_t string, std::uint8_t mark) {
    if (mark == 0) return;
    if (string >= kMostStrings) return refuse("a number is too large");
    if (string >= marks_.size()) {
      constexpr std::size_t kAtLeast = 1024;
      marks_.resize(
          std::max({kAtLeast, static_cast<std::size_t>(string) + 1, marks_.size() * 3 / 2}));
    }
    marks_[string] |= mark;
  }

  void between_strings(char c) {
    if (c == '"') {
      place_ = Place::kString;
      mark_ = index_ < marks_.size() ? marks_[index_] : std::uint8_t{0};
      escaped_ = false;
      long_ = false;
      held_.clear();
      salted_ = SaltedName(redaction_.salt.value_or(Salt{}));
    } else if (c == ']') {
      place_ = Place::kMembers;
    } else if (c != ',' && !is_blank(c)) {
      refuse("its table of strings holds something else");
    }
  }

  const char* in_string(const char* p, const char* end, std::string& out) {
    const char* const begin = p;
    while (p != end && (*p != '"' || escaped_)) {
      escaped_ = *p == '\\' && !escaped_;
      ++p;
    }
    add({begin, static_cast<std::size_t>(p - begin)}, out);
    if (p == end) return p;
    end_string(out);
    out += '"';
    place_ = Place::kStrings;
    return p + 1;
  }

  void add(std::string_view text, std::string& out) {
    if ((mark_ & kIsCode) != 0) {
      out += text;
      return;
    }
    constexpr std::size_t kHeld = 64;
    salted_.add(text);
    if (held_.size() + text.size() > kHeld) {
      long_ = true;
    } else if (!long_) {
      held_ += text;
    }
  }

  void end_string(std::string& out) {
    const std::uint64_t index = index_++;
    if ((mark_ & kIsCode) != 0) return;
    const bool stays = !long_ && (held_.empty() || is_one_of(held_, kV8Names) ||
                                  ((mark_ & kIsKey) != 0 && looks_like_code(held_)));
    if (stays) {
      out += held_;
    } else if (redaction_.salt) {
      out += salted_.text();
    } else {
      out += fmt::format("(redacted {})", index);
    }
  }

  Redaction redaction_;
  std::optional<Error> error_;
  Place place_ = Place::kBegin;
  std::string name_;         // of the member
  std::string description_;  // text of the member "snapshot"
  int depth_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;
  std::optional<Rows> nodes_, edges_, functions_, scripts_, variables_;
  bool seen_nodes_ = false;
  bool seen_edges_ = false;
  const Rows* rows_ = nullptr;  // of the table that streams by
  std::size_t column_ = 0;
  std::uint64_t number_ = 0;
  bool digits_ = false;
  std::uint64_t type_ = 0;
  std::uint64_t name_index_ = 0;
  std::vector<std::uint8_t> marks_;  // by string
  std::uint64_t index_ = 0;          // of the string that streams by
  std::uint8_t mark_ = 0;
  bool long_ = false;
  std::string held_;  // its text, when it is short
  SaltedName salted_{Salt{}};
};

}  // namespace

bool looks_like_code(std::string_view name) {
  constexpr std::string_view kSymbol = "<symbol ";
  if (name.starts_with(kSymbol) && name.ends_with('>')) {
    name = name.substr(kSymbol.size(), name.size() - kSymbol.size() - 1);
    if (name.empty()) return true;
  }
  constexpr std::size_t kLongest = 40;
  constexpr int kMostDigits = 4;
  if (name.empty() || name.size() > kLongest || !is_letter(name.front())) return false;
  int digits = 0;
  for (const char c : name) {
    if (is_digit(c)) ++digits;
    const bool fine = is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == ':' || c == '#';
    if (!fine) return false;
  }
  return digits <= kMostDigits;
}

std::unique_ptr<Redactor> v8_redactor(const Redaction& redaction) {
  return std::make_unique<V8Redactor>(redaction);
}

}  // namespace tidemark
