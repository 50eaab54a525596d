#include "cli/model_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>

#include "cli/quantities.h"
#include "sources/request_log.h"

namespace tidemark {
namespace {

constexpr double kDefaultReach = 1000;  // of a Pareto distribution: most, over least
constexpr std::size_t kMostValues = 5000000;

std::vector<std::string> split_at(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::optional<double> parse_plain(std::string_view text) {
  const std::string whole(text);
  double value = 0;
  const char* const last = whole.c_str() + whole.size();
  const auto parsed = std::from_chars(whole.c_str(), last, value, std::chars_format::fixed);
  if (parsed.ec != std::errc() || parsed.ptr != last || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> parse_quantity(std::string_view text, Quantity quantity) {
  if (text == "0") return 0;
  if (quantity == Quantity::kSeconds) return parse_seconds(text);
  const auto bytes = parse_bytes(text);
  return bytes ? std::optional(static_cast<double>(*bytes)) : std::nullopt;
}

std::unexpected<Error> no_distribution(std::string_view text, std::string_view what,
                                       Quantity quantity) {
  const bool time = quantity == Quantity::kSeconds;
  return fail(ErrorCode::kUsage, fmt::format("{}: '{}' cannot be understood", what, text),
              time ? "for instance 80ms, 80ms/400ms (p50/p99), uniform:50ms:200ms, file:times.txt"
                   : "for instance 20MB, 20MB/60MB (p50/p99), uniform:1MB:40MB, "
                     "pareto:5MB:1.5:500MB, file:peaks.txt");
}

Result<Distribution> read_values(const std::string& path, Quantity quantity) {
  std::ifstream in(path);
  if (!in) {
    return std::unexpected(Error{.code = ErrorCode::kIo,
                                 .message = "cannot be read",
                                 .file = path,
                                 .offset = {},
                                 .hint = "a file with a value on each line"});
  }
  std::vector<double> values;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    const auto value = parse_quantity(line, quantity);
    if (!value || values.size() >= kMostValues) {
      return std::unexpected(Error{
          .code = value ? ErrorCode::kTooLarge : ErrorCode::kUsage,
          .message = value ? fmt::format("more than {} values", kMostValues)
                           : fmt::format("line {} is no value: '{}'", number, line.substr(0, 40)),
          .file = path,
          .offset = {},
          .hint = {}});
    }
    values.push_back(*value);
  }
  if (values.empty()) {
    return std::unexpected(Error{.code = ErrorCode::kUsage,
                                 .message = "no values in it",
                                 .file = path,
                                 .offset = {},
                                 .hint = {}});
  }
  return Distribution::measured(std::move(values));
}

Result<Endpoint> parse_endpoint(const std::string& text) {
  const auto parts = split_at(text, ',');
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kUsage, fmt::format("--endpoint: '{}': {}", text, why),
                "NAME,WEIGHT,TIME,PEAK, for instance 'GET /search,5.5%,600ms/2s,60MB/150MB'");
  };
  if (parts.size() < 4) return refuse("a name, a weight, a time and a peak are needed");
  const std::size_t n = parts.size();
  Endpoint endpoint;
  for (std::size_t i = 0; i + 3 < n; ++i) endpoint.name += (i > 0 ? "," : "") + parts[i];
  std::string_view weight = parts[n - 3];
  if (weight.ends_with('%')) weight.remove_suffix(1);
  const auto number = parse_plain(weight);
  if (!number || *number <= 0) return refuse("the weight must be a number above zero");
  endpoint.weight = *number;
  auto seconds = parse_distribution(parts[n - 2], Quantity::kSeconds, "--endpoint");
  if (!seconds) return std::unexpected(seconds.error());
  auto peak = parse_distribution(parts[n - 1], Quantity::kBytes, "--endpoint");
  if (!peak) return std::unexpected(peak.error());
  endpoint.seconds = std::move(*seconds);
  endpoint.peak = std::move(*peak);
  return endpoint;
}

// Endpoints with the times and peaks that the log has for each.
void add_log_endpoints(const RequestLog& log, const std::optional<Distribution>& peak,
                       RequestMix& mix) {
  std::vector<std::vector<double>> times(log.endpoints.size());
  std::vector<std::vector<double>> peaks(log.endpoints.size());
  for (const RequestLogEntry& entry : log.requests) {
    times[entry.endpoint].push_back(entry.seconds);
    if (entry.bytes >= 0) peaks[entry.endpoint].push_back(entry.bytes);
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    Endpoint endpoint;
    endpoint.name = log.endpoints[i].empty() ? "requests" : log.endpoints[i];
    endpoint.weight = static_cast<double>(times[i].size());
    endpoint.seconds = Distribution::measured(std::move(times[i]));
    endpoint.peak = peak               ? *peak
                    : peaks[i].empty() ? Distribution::fixed(0)
                                       : Distribution::measured(std::move(peaks[i]));
    mix.endpoints.push_back(std::move(endpoint));
  }
}

Result<ReadMix> read_log_mix(const MixOptions& options, Monitor& monitor) {
  auto log = read_request_log(options.log, monitor);
  if (!log) return std::unexpected(log.error());
  ReadMix out;
  std::optional<Distribution> peak;
  if (!options.peak.empty()) {
    auto parsed = parse_distribution(options.peak, Quantity::kBytes, "--peak");
    if (!parsed) return std::unexpected(parsed.error());
    peak = std::move(*parsed);
  }
  out.has_peaks = peak || std::any_of(log->requests.begin(), log->requests.end(),
                                      [](const auto& entry) { return entry.bytes > 0; });
  add_log_endpoints(*log, peak, out.mix);
  if (log->skipped > 0) {
    out.notes.push_back(fmt::format("{}: {} lines are no requests", options.log, log->skipped));
  }
  const bool timed = log->requests.front().at >= 0;
  if (!timed || log->requests.size() < 2) return out;
  const double begin = log->requests.front().at;
  const double span = log->requests.back().at - begin;
  if (span > 0) out.log_rate = static_cast<double>(log->requests.size()) / span;
  for (std::size_t i = 0; i < log->requests.size(); ++i) {
    const RequestLogEntry& entry = log->requests[i];
    const double bytes = peak ? peak->at((static_cast<double>(i * 7919 % 10007) + 0.5) / 10007)
                              : std::max(entry.bytes, 0.0);
    // A log writes a request down when it has ended.
    out.log.push_back({std::max(0.0, entry.at - begin - entry.seconds), {entry.seconds, bytes}});
  }
  std::stable_sort(out.log.begin(), out.log.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return out;
}

}  // namespace

void add_mix_options(Options& app, MixOptions& options) {
  constexpr const char* kGroup = "Requests";
  app.add_option("--time", options.time,
                 "how long a request takes: 80ms, 80ms/400ms for p50/p99, uniform:50ms:200ms, "
                 "pareto:20ms:1.5:10s, file:PATH with a value on each line")
      .option_text("TIME")
      .take_last()
      .group(kGroup);
  app.add_option("--peak", options.peak,
                 "memory that it needs at its end: 20MB, 20MB/60MB for p50/p99, and so on as above")
      .option_text("SIZE")
      .take_last()
      .group(kGroup);
  app.add_option("--endpoint", options.endpoints,
                 "instead, once for each kind of request: 'GET /search,5.5%,600ms/2s,60MB/150MB'")
      .option_text("NAME,WEIGHT,TIME,PEAK")
      .take_all()
      .group(kGroup);
  app.add_option("--log", options.log,
                 "instead, a request log: a CSV (endpoint,ms,peak_mb), Heroku router lines, "
                 "lograge; with --peak where it tells no sizes")
      .option_text("FILE")
      .take_last()
      .group(kGroup);
  app.add_option("--rate", options.rate, "requests that come in all: 5 a second, 300/min, 18000/h")
      .option_text("N")
      .take_last()
      .group(kGroup);
}

Result<Distribution> parse_distribution(std::string_view text, Quantity quantity,
                                        std::string_view what) {
  if (text.starts_with("file:")) return read_values(std::string(text.substr(5)), quantity);
  const bool named = text.find(':') != std::string_view::npos;
  auto parts = split_at(text, named ? ':' : '/');
  const std::string name = named ? parts.front() : parts.size() == 2 ? "lognormal" : "fixed";
  if (named) parts.erase(parts.begin());
  std::vector<double> values;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool exponent = name == "pareto" && i == 1;
    const auto value = exponent ? parse_plain(parts[i]) : parse_quantity(parts[i], quantity);
    if (!value) return no_distribution(text, what, quantity);
    values.push_back(*value);
  }
  Distribution parsed;
  if (name == "fixed" && values.size() == 1) {
    parsed = Distribution::fixed(values[0]);
  } else if (name == "uniform" && values.size() == 2) {
    parsed = Distribution::uniform(values[0], values[1]);
  } else if (name == "lognormal" && values.size() == 2) {
    parsed = Distribution::lognormal(values[0], values[1]);
  } else if (name == "pareto" && (values.size() == 2 || values.size() == 3)) {
    const double limit = quantity == Quantity::kSeconds ? kMostSeconds : kMostPeak;
    const double most = values.size() == 3 ? values[2] : std::min(values[0] * kDefaultReach, limit);
    parsed = Distribution::pareto(values[0], values[1], most);
  } else {
    return no_distribution(text, what, quantity);
  }
  const auto checked = parsed.check(fmt::format("{}: '{}'", what, text),
                                    quantity == Quantity::kSeconds ? kMostSeconds : kMostPeak);
  if (!checked) return std::unexpected(checked.error());
  return parsed;
}

Result<double> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto number = parse_plain(text.substr(0, slash));
  const std::string_view per = slash == std::string_view::npos ? "s" : text.substr(slash + 1);
  const double seconds = per == "s" || per == "sec"   ? 1
                         : per == "min" || per == "m" ? 60
                         : per == "h"                 ? 3600
                         : per == "d" || per == "day" ? 86400
                                                      : 0;
  if (!number || !(*number > 0) || seconds <= 0) {
    return fail(ErrorCode::kUsage, fmt::format("--rate: '{}' is no rate", text),
                "for instance 5 (a second), 300/min, 18000/h");
  }
  return *number / seconds;
}

Result<ReadMix> read_mix(const MixOptions& options, Monitor& monitor) {
  if (!options.log.empty()) {
    if (!options.endpoints.empty() || !options.time.empty()) {
      return fail(ErrorCode::kUsage, "--log already says what requests there are",
                  "leave out --endpoint and --time");
    }
    return read_log_mix(options, monitor);
  }
  ReadMix out;
  if (!options.endpoints.empty()) {
    if (!options.time.empty() || !options.peak.empty()) {
      return fail(ErrorCode::kUsage,
                  "--time and --peak belong to each --endpoint where there are any");
    }
    for (const std::string& text : options.endpoints) {
      auto endpoint = parse_endpoint(text);
      if (!endpoint) return std::unexpected(endpoint.error());
      out.mix.endpoints.push_back(std::move(*endpoint));
    }
    return out;
  }
  Endpoint endpoint{
      .name = "requests", .weight = 1, .seconds = Distribution::fixed(0.1), .peak = {}};
  if (!options.time.empty()) {
    auto seconds = parse_distribution(options.time, Quantity::kSeconds, "--time");
    if (!seconds) return std::unexpected(seconds.error());
    endpoint.seconds = std::move(*seconds);
  }
  out.has_peaks = !options.peak.empty();
  if (out.has_peaks) {
    auto peak = parse_distribution(options.peak, Quantity::kBytes, "--peak");
    if (!peak) return std::unexpected(peak.error());
    endpoint.peak = std::move(*peak);
  }
  out.mix.endpoints.push_back(std::move(endpoint));
  return out;
}

Result<double> size_option(const std::string& text, std::string_view name) {
  if (text.empty() || text == "0") return 0;
  if (const auto bytes = parse_bytes(text)) return static_cast<double>(*bytes);
  return fail(ErrorCode::kUsage, fmt::format("{}: '{}' is no size", name, text),
              fmt::format("for instance {} 512MB", name));
}

Result<double> seconds_option(const std::string& text, std::string_view name) {
  if (text.empty() || text == "0") return 0;
  if (const auto seconds = parse_seconds(text)) return *seconds;
  return fail(ErrorCode::kUsage, fmt::format("{}: '{}' is no duration", name, text),
              fmt::format("for instance {} 24h", name));
}

bool shorten_taken_times(RequestMix& mix, double rate, std::size_t threads) {
  constexpr double kBusyNow = 0.5;
  const double busy = rate * mix.mean_seconds() / static_cast<double>(threads);
  if (busy <= kBusyNow) return false;
  mix = mix.slowed(kBusyNow / busy);
  return true;
}

}  // namespace tidemark
