#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/quantities.h"

namespace tidemark {
namespace {

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto parsed = std::from_chars(begin, end, number);
  const bool octal = text.size() > 1 && text.front() == '0';
  if (parsed.ec != std::errc() || parsed.ptr != end || octal) return std::nullopt;
  return number;
}

}  // namespace

ValueCheck whole_number(std::uint64_t least, std::uint64_t most) {
  return [least, most](const std::string& text) {
    const auto number = parse_decimal(text);
    if (number && *number >= least && *number <= most) return std::string();
    std::string range = "a whole number";
    if (most != UINT64_MAX) {
      range = fmt::format("from {} to {}", least, most);
    } else if (least > 0) {
      range = fmt::format("at least {}", least);
    }
    return fmt::format("must be {}, not '{}'", range, text);
  };
}

ValueCheck number_between(double least, double most) {
  return [least, most](const std::string& text) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end && number >= least && number <= most) {
      return std::string();
    }
    return fmt::format("must be a number from {} to {}, not '{}'", least, most, text);
  };
}

std::string enumerate(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

ValueCheck one_of(std::vector<std::string> words) {
  return [words = std::move(words)](const std::string& text) {
    if (std::ranges::find(words, text) != words.end()) return std::string();
    return fmt::format("must be {}, not '{}'", enumerate(words), text);
  };
}

Option Option::option_text(const std::string& text) const {
  option_->option_text(text);
  return *this;
}

Option Option::group(const std::string& heading) const {
  option_->group(heading);
  return *this;
}

Option Option::required() const {
  option_->required();
  return *this;
}

Option Option::take_last() const {
  option_->take_last();
  return *this;
}

Option Option::take_all() const {
  option_->take_all();
  return *this;
}

Option Option::one_value_each() const {
  option_->allow_extra_args(false);
  return *this;
}

Option Option::expected(int values) const {
  option_->expected(values);
  return *this;
}

Option Option::as_size_or_zero() const {
  const auto to_bytes = [](std::string& text) {
    const auto bytes = text == "0" ? std::optional<std::uint64_t>(0) : parse_bytes(text);
    if (!bytes) return fmt::format("must be 0 or a size such as 100kB, not '{}'", text);
    text = std::to_string(*bytes);
    return std::string();
  };
  option_->transform(CLI::Validator(to_bytes, ""));
  return *this;
}

Option Option::delimiter(char between) const {
  option_->delimiter(between);
  return *this;
}

Option Option::as_size() const {
  const auto to_bytes = [](std::string& text) {
    const auto bytes = parse_bytes(text);
    if (!bytes) return fmt::format("must be a size such as 3MB, not '{}'", text);
    text = std::to_string(*bytes);
    return std::string();
  };
  option_->transform(CLI::Validator(to_bytes, ""));
  return *this;
}

Option Option::as_duration() const {
  const auto to_seconds = [](std::string& text) {
    const auto seconds = parse_duration(text);
    if (!seconds) return fmt::format("must be a duration such as 90s, 15m or 8h, not '{}'", text);
    text = std::to_string(seconds->count());
    return std::string();
  };
  option_->transform(CLI::Validator(to_seconds, ""));
  return *this;
}

Option Option::check(const ValueCheck& check) const {
  option_->check(check);
  return *this;
}

template <class Value>
Option Options::add_option(const std::string& names, Value& value, const std::string& help) {
  return Option(app_.add_option(names, value, help));
}

template <class Value>
Option Options::add_option_function(const std::string& names,
                                    const std::function<void(const Value&)>& given,
                                    const std::string& help) {
  return Option(app_.add_option_function<Value>(names, given, help));
}

Option Options::add_flag(const std::string& names, bool& value, const std::string& help) {
  return Option(app_.add_flag(names, value, help));
}

Option Options::add_flag_callback(const std::string& names, const std::function<void()>& given,
                                  const std::string& help) {
  return Option(app_.add_flag_callback(names, given, help));
}

std::size_t Options::count(const std::string& name) const { return app_.count(name); }

template Option Options::add_option(const std::string&, std::string&, const std::string&);
template Option Options::add_option(const std::string&, std::vector<std::string>&,
                                    const std::string&);
template Option Options::add_option(const std::string&, int&, const std::string&);
template Option Options::add_option(const std::string&, unsigned&, const std::string&);
template Option Options::add_option(const std::string&, std::uint16_t&, const std::string&);
template Option Options::add_option(const std::string&, std::uint64_t&, const std::string&);
template Option Options::add_option(const std::string&, std::optional<std::uint64_t>&,
                                    const std::string&);
template Option Options::add_option(const std::string&, double&, const std::string&);
template Option Options::add_option_function(const std::string&,
                                             const std::function<void(const std::string&)>&,
                                             const std::string&);
template Option Options::add_option_function(const std::string&,
                                             const std::function<void(const std::size_t&)>&,
                                             const std::string&);

}  // namespace tidemark
