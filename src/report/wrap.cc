#include "report/wrap.h"

#include <algorithm>
#include <array>

#include "report/safe_text.h"

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 11> kUnits = {"B", "kB", "MB", "GB", "TB", "PB",
                                                     "%", "s",  "ms", "h",  "min"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether `next` is the unit of a number that ends with `last`; punctuation may follow the unit.
bool belongs_to_number(char last, std::string_view next) {
  if (!is_digit(last)) return false;
  const std::size_t end = next.find_last_not_of(".,;:)");
  return end != std::string_view::npos &&
         std::find(kUnits.begin(), kUnits.end(), next.substr(0, end + 1)) != kUnits.end();
}

// Takes the next unbreakable piece off a line of text: a word, with its unit if it is a number.
std::string_view take_piece(std::string_view& line) {
  std::size_t end = std::min(line.find(' '), line.size());
  if (end > 0 && end < line.size()) {
    const std::string_view rest = line.substr(end + 1);
    const std::string_view next = rest.substr(0, rest.find(' '));
    if (belongs_to_number(line[end - 1], next)) end += 1 + next.size();
  }
  const std::string_view piece = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return piece;
}

class Wrapper {
 public:
  explicit Wrapper(const WrapOptions& options) : options_(options) { start_line(options.first); }

  void add_line(std::string_view line) {
    while (!line.empty()) {
      const std::string_view piece = take_piece(line);
      if (!piece.empty()) add_piece(piece);
    }
  }

  void start_line(std::string_view indent) {
    indent_ = indent;
    used_ = display_width(indent);
    empty_ = true;
  }

  void end_line() {
    out_ += '\n';
    start_line(options_.hanging);
  }

  std::string take() { return std::move(out_); }

 private:
  void add_piece(std::string_view piece) {
    const std::size_t width = display_width(piece);
    if (!empty_ && used_ + 1 + width > options_.width) end_line();
    if (empty_) {
      out_ += indent_;
    } else {
      out_ += ' ';
      ++used_;
    }
    out_ += piece;
    used_ += width;
    empty_ = false;
  }

  const WrapOptions& options_;
  std::string out_;
  std::string_view indent_;
  std::size_t used_ = 0;
  bool empty_ = true;
};

}  // namespace

std::string wrap(std::string_view text, const WrapOptions& options) {
  Wrapper wrapper(options);
  while (true) {
    const std::size_t newline = text.find('\n');
    wrapper.add_line(text.substr(0, newline));
    wrapper.end_line();
    if (newline == std::string_view::npos || newline + 1 == text.size()) break;
    text.remove_prefix(newline + 1);
  }
  return wrapper.take();
}

}  // namespace tidemark
