#include "sources/log_line.h"

#include <algorithm>
#include <array>

#include "series/clock_text.h"

namespace tidemark {
namespace {

constexpr std::size_t kLongestFrame = 1 << 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

// The priority and version, "<158>1 "; 0: there is none.
std::size_t priority_at(std::string_view text) {
  if (!text.starts_with('<')) return 0;
  const std::size_t priority = digits_at(text.substr(1));
  if (priority == 0 || priority > 3 || text.size() <= priority + 1 || text[priority + 1] != '>') {
    return 0;
  }
  const std::size_t version = digits_at(text.substr(priority + 2));
  std::size_t length = priority + 2 + version;
  while (length < text.size() && text[length] == ' ') ++length;
  return length;
}

// The frame that begins here: "255 <158>1 ". 0: none does.
std::size_t frame_header_at(std::string_view text, std::size_t& length) {
  const std::size_t digits = digits_at(text);
  if (digits == 0 || digits > 7 || digits >= text.size() || text[digits] != ' ') return 0;
  if (priority_at(text.substr(digits + 1)) == 0) return 0;
  length = 0;
  for (const char digit : text.substr(0, digits)) {
    length = length * 10 + static_cast<std::size_t>(digit - '0');
  }
  return digits + 1;
}

std::string_view take_word(std::string_view& text) {
  skip_spaces(text);
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

bool is_process(std::string_view word) {
  static constexpr std::array<std::string_view, 4> kNames = {"router", "api", "logplex",
                                                             "scheduler"};
  if (std::find(kNames.begin(), kNames.end(), word) != kNames.end()) return true;
  const std::size_t dot = word.rfind('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < word.size() &&
         digits_at(word.substr(dot + 1)) == word.size() - dot - 1;
}

// "heroku[web.1]: text"
bool take_bracketed(std::string_view text, LogLine& line) {
  const std::size_t open = text.find('[');
  const std::size_t space = text.find(' ');
  if (open == std::string_view::npos || open == 0 || open > space) return false;
  const std::size_t close = text.find("]:", open);
  if (close == std::string_view::npos || close > space) return false;
  line.source = text.substr(0, open);
  line.process = text.substr(open + 1, close - open - 1);
  line.text = text.substr(close + 2);
  skip_spaces(line.text);
  return true;
}

// "host heroku web.1 - text", "heroku web.1 - - text", "d.TOKEN heroku web.1 - - text",
// "host app heroku-postgres - text"
bool take_header(std::string_view text, LogLine& line) {
  std::string_view rest = text;
  for (int i = 0; i < 3; ++i) {
    std::string_view after = rest;
    const std::string_view word = take_word(after);
    std::string_view behind = after;
    std::string_view process = take_word(behind);
    if (process.ends_with(':')) process.remove_suffix(1);
    const bool known = word == "heroku" || word == "app";
    if ((known && !process.empty()) || is_process(process)) {
      line.source = known || process != "router" ? word : std::string_view("heroku");
      line.process = process;
      for (int k = 0; k < 2; ++k) {
        std::string_view next = behind;
        const std::string_view dash = take_word(next);
        if (dash != "-" && !dash.starts_with("d.")) break;
        behind = next;
      }
      skip_spaces(behind);
      line.text = behind;
      return true;
    }
    rest = after;
  }
  return false;
}

// "my-app heroku/web.4: text"; the colon may be missing.
bool take_service(std::string_view text, LogLine& line) {
  std::string_view rest = text;
  take_word(rest);
  std::string_view name = take_word(rest);
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos || slash == 0) return false;
  if (name.ends_with(':')) name.remove_suffix(1);
  line.source = name.substr(0, slash);
  line.process = name.substr(slash + 1);
  skip_spaces(rest);
  line.text = rest;
  return true;
}

}  // namespace

LogLine parse_log_line(std::string_view line, double now) {
  LogLine out;
  skip_spaces(line);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  std::size_t length = 0;
  line.remove_prefix(frame_header_at(line, length));
  // A receiver may have put its own time in front of the message.
  const std::size_t message = line.substr(0, 48).find('<');
  if (message != std::string_view::npos && message > 0 && line[message - 1] == ' ' &&
      priority_at(line.substr(message)) > 0) {
    line.remove_prefix(message);
  }
  line.remove_prefix(priority_at(line));
  std::size_t taken = 0;
  bool service = false;
  out.time = parse_time_prefix(line, taken);
  if (!out.time) {
    out.time = parse_syslog_time_prefix(line, now, taken);
    service = out.time.has_value();
  }
  line.remove_prefix(taken);
  skip_spaces(line);
  out.text = line;
  if (take_bracketed(line, out)) return out;
  if (service && take_service(line, out)) return out;
  if (out.time) take_header(line, out);
  return out;
}

bool next_message(std::string_view& text, std::string_view& message) {
  while (!text.empty() && (text.front() == '\n' || text.front() == '\r')) text.remove_prefix(1);
  if (text.empty()) return false;
  std::size_t length = 0;
  const std::size_t header = frame_header_at(text, length);
  if (header > 0 && length <= kLongestFrame && length <= text.size() - header) {
    const std::string_view after = text.substr(header + length);
    std::size_t ignored = 0;
    const bool ends = after.empty() || after.front() == '\n' || text[header + length - 1] == '\n' ||
                      frame_header_at(after, ignored) > 0;
    if (ends) {
      message = text.substr(header, length);
      text = after;
      while (message.ends_with('\n')) message.remove_suffix(1);
      return true;
    }
  }
  const std::size_t end = std::min(text.find('\n'), text.size());
  message = text.substr(0, end);
  text.remove_prefix(end);
  return true;
}

std::optional<std::string_view> value_of(std::string_view text, std::string_view key) {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    const std::size_t equals = at + key.size();
    if ((at > 0 && text[at - 1] != ' ') || equals >= text.size() || text[equals] != '=') continue;
    std::string_view value = text.substr(equals + 1);
    if (!value.starts_with('"')) return value.substr(0, std::min(value.find(' '), value.size()));
    value.remove_prefix(1);
    return value.substr(0, std::min(value.find('"'), value.size()));
  }
  return std::nullopt;
}

}  // namespace tidemark
