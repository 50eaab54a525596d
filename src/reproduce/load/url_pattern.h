// "/users/{1..5000}?tab={a,b,c}": text with variables, because a leak is often one per new key.
//
//   {1..5000}   the numbers in turn, and again from the first
//   {7..}       the numbers from 7 on, without end: every one is new
//   {a,b,c}     the words in turn
//   anything else in braces stands for itself
//
// In turn rather than by chance: the same load in every run, and all keys are used.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidemark {

class UrlPattern {
 public:
  explicit UrlPattern(std::string_view text);

  // Number `turn`, from 0, of its expansions.
  [[nodiscard]] std::string expand(std::uint64_t turn) const;
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool varies() const;

 private:
  struct Numbers {
    std::uint64_t first = 0;
    std::uint64_t count = 0;  // 0: without end
  };
  using Words = std::vector<std::string>;
  using Part = std::variant<std::string, Numbers, Words>;

  static bool parse_variable(std::string_view inside, Part& part);

  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace tidemark
