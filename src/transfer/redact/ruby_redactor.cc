// Ruby writes "value" and the content behind it, escaped, in every version; what it leaves
// unescaped are names of classes and files. So a quote that is not escaped, "value" and a colon are
// always the member, wherever they stand, or a name that looks like it, which then goes as well.
// Nothing has to be known of the records, and damage in one cannot hide the content of another.
#include "transfer/redact/redactor.h"

namespace tidemark {
namespace {

constexpr std::string_view kKey = "\"value\"";
constexpr std::size_t kMostBlanks = 256;  // between key, colon and value; more are left out

bool is_blank(char c) { return c == ' ' || c == '\t'; }

class RubyRedactor final : public Redactor {
 public:
  explicit RubyRedactor(const Redaction& redaction) : redaction_(redaction) {}

  Result<void> push(std::span<const char> in, std::string& out) override {
    for (const char c : in) step(c, out);
    return {};
  }

  Result<void> finish(std::string& out) override {
    if (place_ == Place::kString) close(out);
    if (place_ == Place::kPlain || place_ == Place::kAfterKey || place_ == Place::kAfterColon)
      out += held_;
    held_.clear();
    place_ = Place::kPlain;
    return {};
  }

 private:
  enum class Place : std::uint8_t {
    kPlain,       // what is copied; held_: a beginning of the key
    kAfterKey,    // behind the key; held_: it
    kAfterColon,  // behind the colon
    kFirst,       // behind the quote that begins the content
    kString,      // in it
    kNumber,      // in a content without quotes, which no version has
  };

  void step(char c, std::string& out) {
    switch (place_) {
      case Place::kPlain:
        return plain(c, out);
      case Place::kAfterKey:
      case Place::kAfterColon:
        return behind_key(c, out);
      case Place::kFirst:
      case Place::kString:
        return in_string(c, out);
      case Place::kNumber:
        if (c != ',' && c != '}' && c != '\n') return;
        close(out);
        return plain(c, out);
    }
  }

  void plain(char c, std::string& out) {
    if (c == kKey[held_.size()]) {
      held_ += c;
      if (held_.size() == kKey.size()) place_ = Place::kAfterKey;
      return;
    }
    out += held_;
    held_.clear();
    // The key has its quote only at its ends, so a broken match can begin anew only here.
    if (c == kKey[0]) {
      held_ += c;
    } else {
      out += c;
    }
  }

  void behind_key(char c, std::string& out) {
    if (is_blank(c)) {
      if (held_.size() < kMostBlanks) held_ += c;
    } else if (place_ == Place::kAfterKey && c == ':') {
      held_ += c;
      place_ = Place::kAfterColon;
    } else if (place_ == Place::kAfterColon && c != '{' && c != '[') {
      name_ = SaltedName(redaction_.salt.value_or(Salt{}));
      escaped_ = false;
      place_ = c == '"' ? Place::kFirst : Place::kNumber;
    } else {
      leave(c, out);
    }
  }

  // It was no member: the quote at the end of it may begin the key.
  void leave(char c, std::string& out) {
    place_ = Place::kPlain;
    if (held_.size() == kKey.size()) {
      out += kKey.substr(0, kKey.size() - 1);
      held_.assign(1, '"');
    } else {
      out += held_;
      held_.clear();
    }
    plain(c, out);
  }

  void in_string(char c, std::string& out) {
    if (place_ == Place::kFirst && c == '"') {
      out += held_;
      out += "\"\"";
      held_.clear();
      place_ = Place::kPlain;
      return;
    }
    place_ = Place::kString;
    // A line's end inside is damage: the next record must not be lost with it.
    if ((c == '"' && !escaped_) || c == '\n') {
      close(out);
      if (c == '\n') out += c;
      return;
    }
    escaped_ = c == '\\' && !escaped_;
    name_.add(c);
  }

  void close(std::string& out) {
    if (redaction_.salt) {
      out += held_;
      out += '"';
      out += name_.text();
      out += '"';
    } else {
      out += "\"redacted\":true";
    }
    held_.clear();
    place_ = Place::kPlain;
  }

  Redaction redaction_;
  Place place_ = Place::kPlain;
  std::string held_;
  bool escaped_ = false;
  SaltedName name_{Salt{}};
};

}  // namespace

std::unique_ptr<Redactor> ruby_redactor(const Redaction& redaction) {
  return std::make_unique<RubyRedactor>(redaction);
}

}  // namespace tidemark
