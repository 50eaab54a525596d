// How a user describes a server and its requests on the command line: shared by `simulate` and
// `size`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "cli/options.h"
#include "simulate/server_model.h"

namespace tidemark {

// The requests, as written.
struct MixOptions {
  std::string time;
  std::string peak;
  std::vector<std::string> endpoints;  // NAME,WEIGHT,TIME,PEAK
  std::string log;                     // a file
  std::string rate;                    // requests a second

  [[nodiscard]] bool given() const {
    return !time.empty() || !peak.empty() || !endpoints.empty() || !log.empty();
  }
};

// `options` must outlive the parsing.
void add_mix_options(Options& app, MixOptions& options);

struct ReadMix {
  RequestMix mix;
  std::vector<LoggedRequest> log;  // in order of time, from 0; empty without times
  double log_rate = 0;             // requests a second of the log; 0: unknown
  bool has_peaks = true;           // false: a log without sizes and no --peak: times only
  std::vector<std::string> notes;
};

// Errors: kUsage with what is wrong; those of read_request_log().
Result<ReadMix> read_mix(const MixOptions& options, Monitor& monitor);

// Times that were taken to be the usual ones, and not measured, are made shorter where they would
// keep the threads busy for more than half of the time: what comes is served as it is. Whether they
// were. `rate`: requests a second that these threads serve.
bool shorten_taken_times(RequestMix& mix, double rate, std::size_t threads);

enum class Quantity : std::uint8_t { kSeconds, kBytes };

// "20MB", "20MB/60MB" (p50 and p99), "uniform:1MB:40MB", "lognormal:20MB:60MB",
// "pareto:5MB:1.5:500MB", "file:PATH" with a value on each line. `what`: the option's name, for
// errors.
Result<Distribution> parse_distribution(std::string_view text, Quantity quantity,
                                        std::string_view what);

// "5", "5/s", "300/min", "18000/h". Errors: kUsage.
Result<double> parse_rate(std::string_view text);

// Sizes and times of options that may be 0 or left out. Errors: kUsage, with the option's name.
Result<double> size_option(const std::string& text, std::string_view name);
Result<double> seconds_option(const std::string& text, std::string_view name);

}  // namespace tidemark
