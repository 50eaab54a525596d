// How a user describes a server and its requests on the command line: shared by `simulate` and
// `size`. Every word is parsed where its option is declared; a wrong one is an error of the command
// line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answers/size/traffic.h"
#include "base/result.h"
#include "cli/options.h"

namespace tidemark {

// What options were given, as typed values.
struct TrafficOptions {
  Traffic traffic;
  std::optional<Error> unreadable;  // of a file with values: no mistake in the command line

  std::vector<std::string> words;  // of --endpoint, as given
};

// `options` must outlive the parsing.
void add_traffic_options(Options& app, TrafficOptions& options);

// An option of one word that `keep` parses and keeps; what it returns is as of a ValueCheck.
Option add_parsed_option(Options& app, const std::string& name, const ValueCheck& keep,
                         const std::string& help);

// Options of a size, a time or a distribution of times; 0 where a user may say "none" with it.
ValueCheck keep_size(double& bytes);
ValueCheck keep_seconds(double& seconds);
ValueCheck keep_times(std::optional<Distribution>& seconds, std::optional<Error>& unreadable);

enum class Quantity : std::uint8_t { kSeconds, kBytes };

// "20MB", "20MB/60MB" (p50 and p99), "uniform:1MB:40MB", "lognormal:20MB:60MB",
// "pareto:5MB:1.5:500MB", "file:PATH" with a value on each line. Errors: kUsage, as a predicate
// ("must be ..., not 'x'"); kIo and kTooLarge of a file.
Result<Distribution> parse_distribution(std::string_view text, Quantity quantity);

// A whole number of at most twelve digits.
std::optional<std::uint64_t> parse_whole(std::string_view text);
std::vector<std::string> split_at(std::string_view text, char separator);

}  // namespace tidemark
