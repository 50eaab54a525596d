// The options and arguments of one command, as a command declares them:
//
//   options.add_option("--limit", limit, "rows in each list").option_text("N").take_last();
//
// CLI11 parses them. Its header alone takes longer to compile than most commands, so only
// options.cc and command_parser.cc see it.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tidemark {

// Empty for a good value; else what is wrong with it: "must be 1 or 2, not '3'".
using ValueCheck = std::function<std::string(const std::string&)>;

// CLI11's own conversion would take -1 for a huge number and 010 for 8.
ValueCheck whole_number(std::uint64_t least = 0, std::uint64_t most = UINT64_MAX);
ValueCheck number_between(double least, double most);
ValueCheck one_of(std::vector<std::string> words);

// "text, json or csv"
std::string enumerate(const std::vector<std::string>& words);

// A handle to an option that was added; each call says something more about it.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option option_text(const std::string& text) const;  // what the help calls the value: "N"
  Option group(const std::string& heading) const;     // of the help
  Option required() const;
  Option take_last() const;       // of several, the last one counts
  Option take_all() const;        // may be given several times, each with one value
  Option one_value_each() const;  // a list: what follows the first value is another argument
  Option expected(int values) const;
  Option as_size_or_zero() const;        // the same as as_size(), and 0
  Option delimiter(char between) const;  // parts one word into several values
  Option as_size() const;                // 3MB into a number of bytes
  Option as_duration() const;            // 8h into a number of seconds
  Option check(const ValueCheck& check) const;

 private:
  CLI::Option* option_;
};

class Options {
 public:
  explicit Options(CLI::App& app) : app_(app) {}

  // The value keeps what it has where the option is not given. "-o,--output" has two names, "DUMP"
  // is a positional argument. For the types that options.cc lists at its end.
  template <class Value>
  Option add_option(const std::string& names, Value& value, const std::string& help);
  template <class Value>
  Option add_option_function(const std::string& names,
                             const std::function<void(const Value&)>& given,
                             const std::string& help);
  // "!--no-index" sets to false.
  Option add_flag(const std::string& names, bool& value, const std::string& help);
  Option add_flag_callback(const std::string& names, const std::function<void()>& given,
                           const std::string& help);

  // After parsing: how often it was given.
  [[nodiscard]] std::size_t count(const std::string& name) const;

 private:
  CLI::App& app_;
};

}  // namespace tidemark
