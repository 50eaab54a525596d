// The fields of an answer, described once: name, meaning, and, by the type, whether it is a number,
// a word, a list, another record, and whether it may be unknown. A unit stands in the name
// (unit.h).
//
//   void describe(Fields& fields, const Suspect& suspect) {
//     fields.record("Suspect", "A place that holds more at each dump.");
//     fields("members", suspect.members, "objects of the class that it holds");
//     fields("retained_bytes", suspect.retained_bytes, "what a fix frees");
//     fields("holder", suspect.holder, "who holds them; null: no single object");   // optional
//     fields.rows("sites", suspect.sites, "where members were allocated, most first");
//   }
//
// One description serves every face: whoever visits it writes JSON or CSV from a value, or, with a
// value-initialised one, learns the shape: for the reference, TypeScript, SQL columns, tools. So a
// description visits the same fields whatever the value holds.
//
// Every field is always there; null stands for what is not known or does not apply
// (std::optional). Names are lower_snake_case.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/notice.h"
#include "base/result.h"

namespace tidemark {

struct Field {
  std::string_view name;  // empty: an element of a list
  std::string_view meaning;
  bool optional = false;  // may be null
};

// A value of an enum, as documents say it, and what it means.
struct Word {
  std::string_view word;  // lower_snake_case
  std::string_view meaning;
};
template <class Enum>
struct WordOf {
  Enum value{};
  std::string_view word;
  std::string_view meaning = {};
};

// For each enum that documents show, beside its description:
//   template <> inline constexpr auto kWordsOf<Judgement> = std::to_array<WordOf<Judgement>>({
//       {Judgement::kGrows, "grows", "more members at every dump"}, ...});
template <class Enum>
inline constexpr std::array<WordOf<Enum>, 0> kWordsOf{};

template <class Enum>
std::string_view word_for(Enum value) {
  static_assert(!kWordsOf<Enum>.empty(), "kWordsOf is not specialised for this enum");
  const auto found = std::ranges::find(kWordsOf<Enum>, value, &WordOf<Enum>::value);
  return found == kWordsOf<Enum>.end() ? std::string_view() : found->word;
}

// The value that a word stands for; nothing for an unknown one.
template <class Enum>
std::optional<Enum> value_for(std::string_view word) {
  const auto found = std::ranges::find(kWordsOf<Enum>, word, &WordOf<Enum>::word);
  return found == kWordsOf<Enum>.end() ? std::nullopt : std::optional(found->value);
}

// Who visits a description. Calls come in order; every begin has its end.
class FieldVisitor {
 public:
  FieldVisitor() = default;
  FieldVisitor(const FieldVisitor&) = delete;
  FieldVisitor& operator=(const FieldVisitor&) = delete;
  virtual ~FieldVisitor() = default;

  // Asks for the shape: optionals and lists are visited with one value-initialised content.
  [[nodiscard]] virtual bool wants_shape() const { return false; }

  virtual void document(std::string_view name, int version, std::string_view meaning) = 0;
  virtual void record(std::string_view type, std::string_view meaning) = 0;

  virtual void null(const Field& field) = 0;
  virtual void truth(const Field& field, bool value) = 0;
  virtual void integer(const Field& field, std::int64_t value) = 0;
  virtual void natural(const Field& field, std::uint64_t value) = 0;
  virtual void number(const Field& field, double value) = 0;
  virtual void text(const Field& field, std::string_view value) = 0;
  virtual void word(const Field& field, std::string_view value, std::span<const Word> all) = 0;
  virtual void begin_record(const Field& field) = 0;
  virtual void end_record() = 0;
  virtual void begin_list(const Field& field) = 0;
  virtual void end_list() = 0;
};

class Fields {
 public:
  static constexpr std::size_t kAll = SIZE_MAX;

  // `limit`: of rows().
  explicit Fields(FieldVisitor& visitor, std::size_t limit = kAll)
      : visitor_(visitor), limit_(limit) {}

  // The first call of the description of a whole answer: "suspects", with what there is to notice.
  void document(std::string_view name, int version, std::string_view meaning,
                const std::vector<Notice>& notices);
  // The first call of the description of a part: its type, "Suspect".
  void record(std::string_view type, std::string_view meaning) { visitor_.record(type, meaning); }

  template <class T>
  void operator()(std::string_view name, const T& value, std::string_view meaning) {
    visit({.name = name, .meaning = meaning}, value);
  }

  // A list that --limit cuts. A field before it says how many there are in all: "suspects_total".
  template <class T>
  void rows(std::string_view name, const std::vector<T>& all, std::string_view meaning) {
    rows(name, all, all.size(), meaning);
  }
  // Where the answer itself holds only the first of them.
  template <class T>
  void rows(std::string_view name, const std::vector<T>& first, std::size_t total,
            std::string_view meaning) {
    const std::string total_name = std::string(name) + "_total";
    visitor_.natural({.name = total_name, .meaning = "how many there are, listed or not"}, total);
    list({.name = name, .meaning = meaning}, first, limit_);
  }

  // How many rows of a list are written: for sums over those that are not.
  [[nodiscard]] std::size_t limit() const { return limit_; }

 private:
  template <class T>
  struct IsList : std::false_type {};
  template <class T>
  struct IsList<std::vector<T>> : std::true_type {};
  template <class T>
  struct IsOptional : std::false_type {};
  template <class T>
  struct IsOptional<std::optional<T>> : std::true_type {};

  template <class T>
  void visit(const Field& field, const T& value) {
    if constexpr (IsOptional<T>::value) {
      const Field maybe{.name = field.name, .meaning = field.meaning, .optional = true};
      if (value) {
        visit(maybe, *value);
      } else if (visitor_.wants_shape()) {
        visit(maybe, typename T::value_type{});
      } else {
        visitor_.null(maybe);
      }
    } else if constexpr (IsList<T>::value) {
      list(field, value, kAll);
    } else if constexpr (std::is_same_v<T, bool>) {
      visitor_.truth(field, value);
    } else if constexpr (std::is_enum_v<T>) {
      static constexpr auto kWords = words<T>();
      visitor_.word(field, word_for(value), kWords);
    } else if constexpr (std::is_floating_point_v<T>) {
      visitor_.number(field, value);
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      visitor_.integer(field, value);
    } else if constexpr (std::is_integral_v<T>) {
      visitor_.natural(field, value);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      visitor_.text(field, value);
    } else {
      visitor_.begin_record(field);
      describe(*this, value);
      visitor_.end_record();
    }
  }

  template <class T>
  void list(const Field& field, const std::vector<T>& values, std::size_t limit) {
    visitor_.begin_list(field);
    std::size_t listed = 0;
    for (const auto& value : values) {
      if (listed++ == limit) break;
      visit<T>({}, value);
    }
    if (visitor_.wants_shape() && values.empty()) visit({}, T{});
    visitor_.end_list();
  }

  template <class Enum>
  static constexpr auto words() {
    std::array<Word, kWordsOf<Enum>.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i] = {.word = kWordsOf<Enum>[i].word, .meaning = kWordsOf<Enum>[i].meaning};
    }
    return all;
  }

  FieldVisitor& visitor_;
  std::size_t limit_;
};

void describe(Fields& fields, const Notice& notice);

// The document of a command that failed.
struct ErrorAnswer {
  Error error;
};
void describe(Fields& fields, const Error& error);
void describe(Fields& fields, const ErrorAnswer& answer);

}  // namespace tidemark
