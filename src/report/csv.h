// CSV for spreadsheets, data frames and shell tools: quoting as in RFC 4180, lines end with \n as
// everywhere on Unix.
//
// A text that a spreadsheet would run as a formula (it begins with = + - @) is prefixed with ', as
// OWASP advises: names come out of a dump and may be hostile. Numbers are written plainly,
// the sign included. Control characters and invalid UTF-8 are escaped as in a table, so one row is
// always one line; JSON has the exact text.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/text_sink.h"

namespace tidemark {

class CsvWriter {
 public:
  // Writes the header; every row must have as many cells.
  CsvWriter(TextSink& sink, const std::vector<std::string_view>& columns);
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;
  ~CsvWriter();

  CsvWriter& text(std::string_view content);
  CsvWriter& number(double value);  // an empty cell when it is not finite
  template <std::integral Integer>
  CsvWriter& number(Integer value) {
    return raw(std::to_string(value));
  }
  CsvWriter& empty() { return raw({}); }
  // A number or a word of ours, as it is.
  CsvWriter& plain(std::string_view cell) { return raw(cell); }
  void end_row();

 private:
  CsvWriter& raw(std::string_view cell);

  TextSink& sink_;
  std::size_t columns_;
  std::size_t cells_ = 0;  // in the row so far
  std::string buffer_;
};

}  // namespace tidemark
