// A response is lines and counted bytes in turn (RFC 9112):
//
//   status line, header lines, an empty line
//   then one of   nothing                         (1xx, 204, 304, the answer to HEAD)
//                 chunks: size, bytes, empty line; size 0, trailer lines, an empty line
//                 Content-Length bytes
//                 bytes until the connection ends
//
// Only the line that is being read is buffered, with a limit, so a hostile server costs 64 kB at
// most. Where length is ambiguous (two lengths that differ, a length that is no number) the
// response is broken: guessing would take one response's body for the next one's head.
#include "reproduce/load/response_parser.h"

#include <algorithm>

#include "base/numbers.h"

namespace tidemark {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, [](char a, char b) { return lower(a) == b; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Is `word` in a list "a, B ,c"?
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_word(trimmed(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

void ResponseParser::begin(bool to_head_request) {
  *this = ResponseParser();
  to_head_request_ = to_head_request;
}

ResponseParser::Progress ResponseParser::broken(const char* fault) {
  part_ = Part::kBroken;
  fault_ = fault;
  keeps_open_ = false;
  return Progress::kBroken;
}

// True when the line is whole, without its end.
bool ResponseParser::take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  const std::size_t length = std::min(end, bytes.size());
  line_.append(bytes.substr(0, std::min(length, kMostHead + 1)));
  bytes.remove_prefix(std::min(length + 1, bytes.size()));
  if (end == std::string_view::npos) return false;
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

void ResponseParser::skip(std::string_view& bytes) {
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_));
  bytes.remove_prefix(length);
  left_ -= length;
  body_bytes_ += length;
}

ResponseParser::Progress ResponseParser::feed(std::string_view& bytes) {
  while (!bytes.empty()) {
    begun_ = true;
    switch (part_) {
      case Part::kDone:
        return Progress::kDone;
      case Part::kBroken:
        return Progress::kBroken;
      case Part::kUntilClose:
        body_bytes_ += bytes.size();
        bytes = {};
        break;
      case Part::kBody:
        skip(bytes);
        if (left_ == 0) part_ = Part::kDone;
        break;
      case Part::kChunk:
        skip(bytes);
        if (left_ == 0) part_ = Part::kChunkEnd;
        break;
      default: {
        const bool whole = take_line(bytes);
        if (line_.size() + head_bytes_ > kMostHead) return broken("a head without end");
        if (!whole) break;
        if (read_line() == Progress::kBroken) return Progress::kBroken;
        line_.clear();
      }
    }
    if (part_ == Part::kDone) return Progress::kDone;
  }
  if (part_ == Part::kBroken) return Progress::kBroken;
  return part_ == Part::kDone ? Progress::kDone : Progress::kMore;
}

ResponseParser::Progress ResponseParser::end() {
  if (part_ == Part::kUntilClose) {
    part_ = Part::kDone;
    keeps_open_ = false;
    return Progress::kDone;
  }
  if (part_ == Part::kDone) return Progress::kDone;
  return broken("the connection ended in the middle");
}

ResponseParser::Progress ResponseParser::read_line() {
  switch (part_) {
    case Part::kStatusLine:
      return read_status_line();
    case Part::kHeader:
      return read_header();
    case Part::kChunkSize:
      return read_chunk_size();
    case Part::kChunkEnd:
      if (!line_.empty()) return broken("a chunk longer than it says");
      part_ = Part::kChunkSize;
      return Progress::kMore;
    default:  // kTrailer
      head_bytes_ += line_.size();
      if (line_.empty()) part_ = Part::kDone;
      return Progress::kMore;
  }
}

// "HTTP/1.1 200 OK"
ResponseParser::Progress ResponseParser::read_status_line() {
  const std::string_view line = line_;
  if (line.empty() && head_bytes_ == 0) {
    head_bytes_ = 1;  // one empty line is forgiven
    return Progress::kMore;
  }
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') {
    return broken("no HTTP/1 status line");
  }
  const auto status = parse_number<std::uint64_t>(line.substr(9, 3), 10);
  if (!status || *status < 100 || (line.size() > 12 && line[12] != ' ')) {
    return broken("no HTTP status");
  }
  status_ = static_cast<int>(*status);
  keeps_open_ = line[7] != '0';
  head_bytes_ += line.size();
  part_ = Part::kHeader;
  return Progress::kMore;
}

ResponseParser::Progress ResponseParser::read_header() {
  const std::string_view line = line_;
  head_bytes_ += line.size() + 2;
  if (line.empty()) return end_of_head();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return broken("a header without a colon");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_word(name, "content-length")) {
    const auto length = parse_number<std::uint64_t>(value, 10);
    if (!length || (length_ && *length_ != *length)) return broken("no clear Content-Length");
    length_ = length;
  } else if (same_word(name, "transfer-encoding")) {
    chunked_ = lists(value, "chunked");
  } else if (same_word(name, "connection")) {
    if (lists(value, "close")) keeps_open_ = false;
    if (lists(value, "keep-alive")) keeps_open_ = true;
  }
  return Progress::kMore;
}

ResponseParser::Progress ResponseParser::end_of_head() {
  if (status_ < 200) {
    // An interim answer; the real one follows. Nobody asked to change the protocol.
    if (status_ == 101) return broken("a change of protocol that nobody asked for");
    part_ = Part::kStatusLine;
    length_.reset();
    chunked_ = false;
    return Progress::kMore;
  }
  if (to_head_request_ || status_ == 204 || status_ == 304) {
    part_ = Part::kDone;
  } else if (chunked_) {
    part_ = Part::kChunkSize;
    head_bytes_ = 0;
  } else if (length_) {
    left_ = *length_;
    part_ = left_ == 0 ? Part::kDone : Part::kBody;
  } else {
    part_ = Part::kUntilClose;
  }
  return Progress::kMore;
}

// "1a2b;extension"
ResponseParser::Progress ResponseParser::read_chunk_size() {
  const std::string_view line = line_;
  const std::string_view digits = trimmed(line.substr(0, std::min(line.find(';'), line.size())));
  const auto size = parse_number<std::uint64_t>(digits, 16);
  if (!size) return broken("no chunk size");
  left_ = *size;
  part_ = left_ == 0 ? Part::kTrailer : Part::kChunk;
  return Progress::kMore;
}

}  // namespace tidemark
