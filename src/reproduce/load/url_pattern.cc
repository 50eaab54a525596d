#include "reproduce/load/url_pattern.h"

#include <algorithm>
#include <optional>

#include "base/numbers.h"

namespace tidemark {
bool UrlPattern::parse_variable(std::string_view inside, Part& part) {
  const std::size_t dots = inside.find("..");
  if (dots != std::string_view::npos) {
    const auto first = parse_number<std::uint64_t>(inside.substr(0, dots));
    const std::string_view rest = inside.substr(dots + 2);
    const auto last = parse_number<std::uint64_t>(rest);
    constexpr std::uint64_t kMost = 1'000'000'000'000'000;
    if (!first || *first > kMost || (!rest.empty() && (!last || *last < *first || *last > kMost))) {
      return false;
    }
    part = Numbers{.first = *first, .count = last ? *last - *first + 1 : 0};
    return true;
  }
  // One word in braces may be anything, a template of the app's own for instance.
  if (inside.find(',') == std::string_view::npos) return false;
  // A body may be JSON: {"a":1,"b":2} is no list of words.
  if (inside.find_first_of("\"':{") != std::string_view::npos) return false;
  Words words;
  while (true) {
    const std::size_t comma = std::min(inside.find(','), inside.size());
    words.emplace_back(inside.substr(0, comma));
    if (comma == inside.size()) break;
    inside.remove_prefix(comma + 1);
  }
  part = std::move(words);
  return true;
}

UrlPattern::UrlPattern(std::string_view text) : text_(text) {
  std::string plain;
  while (!text.empty()) {
    const std::size_t close = text.front() == '{' ? text.find('}') : std::string_view::npos;
    Part part;
    if (close != std::string_view::npos && parse_variable(text.substr(1, close - 1), part)) {
      if (!plain.empty()) parts_.emplace_back(std::move(plain));
      plain.clear();
      parts_.push_back(std::move(part));
      text.remove_prefix(close + 1);
    } else {
      plain += text.front();
      text.remove_prefix(1);
    }
  }
  if (!plain.empty()) parts_.emplace_back(std::move(plain));
}

std::string UrlPattern::expand(std::uint64_t turn) const {
  std::string out;
  for (const Part& part : parts_) {
    if (const auto* plain = std::get_if<std::string>(&part)) {
      out += *plain;
    } else if (const auto* numbers = std::get_if<Numbers>(&part)) {
      const std::uint64_t step = numbers->count == 0 ? turn : turn % numbers->count;
      out += std::to_string(numbers->first + step);
    } else {
      const auto& words = std::get<Words>(part);
      out += words[turn % words.size()];
    }
  }
  return out;
}

bool UrlPattern::varies() const {
  return std::ranges::any_of(
      parts_, [](const Part& part) { return !std::holds_alternative<std::string>(part); });
}

}  // namespace tidemark
