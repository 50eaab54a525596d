// The body of a Prometheus remote write 1.0 request: protobuf in a snappy block.
//
//   WriteRequest { repeated TimeSeries timeseries = 1 }
//   TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2 }
//   Label        { string name = 1; string value = 2 }
//   Sample       { double value = 1; int64 timestamp = 2 }   ms since 1970
//
// Both formats are written by hand: the message has three kinds of field, and a snappy block may be
// made of literals only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark {

struct RemoteSample {
  std::int64_t milliseconds = 0;
  double value = 0;
};

struct RemoteSeries {
  std::vector<std::pair<std::string, std::string>> labels;  // __name__ among them
  std::vector<RemoteSample> samples;                        // in order of time
};

std::string write_request(const std::vector<RemoteSeries>& series);
// Uncompressed, in the format's frame. At most 4 GB.
std::string snappy_block(std::string_view bytes);

}  // namespace tidemark
