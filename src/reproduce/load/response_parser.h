// Reads HTTP/1.1 responses as they come in, in pieces of any size. Nothing of a body is kept: a
// load generator counts it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

class ResponseParser {
 public:
  enum class Progress : std::uint8_t { kMore, kDone, kBroken };

  // The head with all its lines may be so long; so may a chunk's line.
  static constexpr std::size_t kMostHead = std::size_t{64} << 10U;

  // The next response; the answer to HEAD has no body whatever its head says.
  void begin(bool to_head_request = false);

  // Takes what belongs to this response off the front of `bytes`. kDone: all of it was there, and
  // what is left in `bytes` is not its.
  Progress feed(std::string_view& bytes);
  // The server closed the connection.
  Progress end();

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] std::uint64_t body_bytes() const { return body_bytes_; }
  // May another request follow on the same connection?
  [[nodiscard]] bool keeps_open() const { return keeps_open_ && part_ == Part::kDone; }
  // Has anything come yet?
  [[nodiscard]] bool begun() const { return begun_; }
  [[nodiscard]] const char* fault() const { return fault_; }  // why it is broken

 private:
  enum class Part : std::uint8_t {
    kStatusLine,
    kHeader,
    kBody,        // `left_` bytes
    kChunkSize,   // a line
    kChunk,       // `left_` bytes
    kChunkEnd,    // the empty line behind it
    kTrailer,     // lines until an empty one
    kUntilClose,  // the connection's end is the body's
    kDone,
    kBroken,
  };

  bool take_line(std::string_view& bytes);
  Progress broken(const char* fault);
  Progress read_line();
  void skip(std::string_view& bytes);
  Progress read_status_line();
  Progress read_header();
  Progress end_of_head();
  Progress read_chunk_size();

  Part part_ = Part::kStatusLine;
  std::string line_;
  std::size_t head_bytes_ = 0;
  int status_ = 0;
  std::optional<std::uint64_t> length_;
  std::uint64_t left_ = 0;
  std::uint64_t body_bytes_ = 0;
  bool to_head_request_ = false;
  bool chunked_ = false;
  bool keeps_open_ = true;
  bool begun_ = false;
  const char* fault_ = "";
};

}  // namespace tidemark
