// One line of a Heroku log, in any of the forms that it comes in:
//
//   255 <158>1 2015-04-02T12:52:31.520012+00:00 host heroku router - at=info ...   HTTPS drain
//   <45>1 2015-05-12T17:47:18.857418+00:00 d.TOKEN heroku web.1 - - source=...     syslog drain
//   2020-05-21T09:23:13.271104+00:00 heroku[web.1]: source=web.1 ...               heroku logs
//   Nov 21 14:14:58 my-app heroku/web.4: Process running mem=590M(115.2%)          log services
//   heroku[web.1]: Error R14 (Memory quota exceeded)                               quoted
//
// A drain body is frames of `LENGTH SP MESSAGE`; a message may hold newlines and may lack one at
// its end, and what people keep of such bodies often has wrong lengths.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tidemark {

// Views into the line.
struct LogLine {
  std::optional<double> time;  // none: the line says none
  std::string_view source;     // "heroku", "app", an add-on's name
  std::string_view process;    // "web.1", "router", "api"; empty: not said
  std::string_view text;
};

// `now`: for syslog times, which have no year. Any text is a line; what has no known form is all
// `text`. Without the newline.
LogLine parse_log_line(std::string_view line, double now);

// Takes the next message off `text`: a frame whose length is right, else a line. Without the
// newline at its end; empty ones are skipped. False at the end.
bool next_message(std::string_view& text, std::string_view& message);

// The value of `key` in "a=1 key=value b="two words"", where key stands at a word's begin.
std::optional<std::string_view> value_of(std::string_view text, std::string_view key);

}  // namespace tidemark
