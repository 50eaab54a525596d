#include "cli/model_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <utility>

#include "base/quantities.h"

namespace tidemark {
namespace {

constexpr double kDefaultReach = 1000;  // of a Pareto distribution: most, over least
constexpr std::size_t kMostValues = 5000000;

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

std::unexpected<Error> no_distribution(std::string_view text, Quantity quantity) {
  return fail(ErrorCode::kUsage,
              fmt::format("must be {}, not '{}'",
                          quantity == Quantity::kSeconds
                              ? "a time such as 80ms, 80ms/400ms (p50/p99), uniform:50ms:200ms or "
                                "file:times.txt"
                              : "a size such as 20MB, 20MB/60MB (p50/p99), uniform:1MB:40MB, "
                                "pareto:5MB:1.5:500MB or file:peaks.txt",
                          text));
}

std::unexpected<Error> bad_file(ErrorCode code, std::string message, const std::string& path) {
  return std::unexpected(Error{.code = code,
                               .message = std::move(message),
                               .file = path,
                               .offset = {},
                               .hint = "a file with a value on each line"});
}

Result<Distribution> read_values(const std::string& path, Quantity quantity) {
  std::ifstream in(path);
  if (!in) return bad_file(ErrorCode::kIo, "cannot be read", path);
  std::vector<double> values;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    const auto value = parse_quantity(line, quantity);
    if (!value) {
      return bad_file(ErrorCode::kUsage,
                      fmt::format("line {} is no value: '{}'", number, line.substr(0, 40)), path);
    }
    if (values.size() >= kMostValues) {
      return bad_file(ErrorCode::kTooLarge, fmt::format("more than {} values", kMostValues), path);
    }
    values.push_back(*value);
  }
  if (values.empty()) return bad_file(ErrorCode::kUsage, "no values in it", path);
  return Distribution::measured(std::move(values));
}

Result<Endpoint> parse_endpoint(const std::string& text) {
  const auto parts = split_at(text, ',');
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kUsage,
                fmt::format("must be NAME,WEIGHT,TIME,PEAK such as 'GET /search,5.5%,600ms/2s,"
                            "60MB/150MB', not '{}': {}",
                            text, why));
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
  auto seconds = parse_distribution(parts[n - 2], Quantity::kSeconds);
  if (!seconds) return std::unexpected(seconds.error());
  auto peak = parse_distribution(parts[n - 1], Quantity::kBytes);
  if (!peak) return std::unexpected(peak.error());
  endpoint.seconds = std::move(*seconds);
  endpoint.peak = std::move(*peak);
  return endpoint;
}

// "5", "5/s", "300/min", "18000/h"; a second.
std::optional<double> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto number = parse_plain(text.substr(0, slash));
  const std::string_view per = slash == std::string_view::npos ? "s" : text.substr(slash + 1);
  const double seconds = per == "s" || per == "sec"   ? 1
                         : per == "min" || per == "m" ? 60
                         : per == "h"                 ? 3600
                         : per == "d" || per == "day" ? 86400
                                                      : 0;
  if (!number || !(*number > 0) || seconds <= 0) return std::nullopt;
  return *number / seconds;
}

ValueCheck keep_rate(double& per_second) {
  return [&](const std::string& text) {
    const auto rate = parse_rate(text);
    if (!rate) {
      return fmt::format("must be a rate such as 5 (a second), 300/min or 18000/h, not '{}'", text);
    }
    per_second = *rate;
    return std::string();
  };
}

// What a user mistyped is said at the option; a file that cannot be read is kept for later.
std::string mistake(const Error& error, std::optional<Error>& unreadable) {
  if (error.file.empty()) return error.message;
  if (!unreadable) unreadable = error;
  return {};
}

ValueCheck keep_distribution(std::optional<Distribution>& kept, Quantity quantity,
                             std::optional<Error>& unreadable) {
  return [&kept, &unreadable, quantity](const std::string& text) {
    auto parsed = parse_distribution(text, quantity);
    if (!parsed) return mistake(parsed.error(), unreadable);
    kept = std::move(*parsed);
    return std::string();
  };
}

}  // namespace

void add_traffic_options(Options& app, TrafficOptions& options) {
  constexpr const char* kGroup = "Requests";
  Traffic& traffic = options.traffic;
  add_parsed_option(app, "--time", keep_times(traffic.seconds, options.unreadable),
                    "how long a request takes: 80ms, 80ms/400ms for p50/p99, uniform:50ms:200ms, "
                    "pareto:20ms:1.5:10s, file:PATH with a value on each line")
      .option_text("TIME")
      .group(kGroup);
  add_parsed_option(
      app, "--peak", keep_distribution(traffic.peak_bytes, Quantity::kBytes, options.unreadable),
      "memory that it needs at its end: 20MB, 20MB/60MB for p50/p99, and so on as above")
      .option_text("SIZE")
      .group(kGroup);
  const auto keep_endpoint = [&options](const std::string& text) {
    auto endpoint = parse_endpoint(text);
    if (!endpoint) return mistake(endpoint.error(), options.unreadable);
    options.traffic.endpoints.push_back(std::move(*endpoint));
    return std::string();
  };
  app.add_option("--endpoint", options.words,
                 "instead, once for each kind of request: 'GET /search,5.5%,600ms/2s,60MB/150MB'")
      .option_text("NAME,WEIGHT,TIME,PEAK")
      .take_all()
      .check(keep_endpoint)
      .group(kGroup);
  app.add_option("--log", traffic.log,
                 "instead, a request log: a CSV (endpoint,ms,peak_mb), Heroku router lines, "
                 "lograge; with --peak where it tells no sizes")
      .option_text("FILE")
      .take_last()
      .group(kGroup);
  add_parsed_option(app, "--rate", keep_rate(traffic.requests_per_second),
                    "requests that come in all: 5 a second, 300/min, 18000/h")
      .option_text("N")
      .group(kGroup);
}

Option add_parsed_option(Options& app, const std::string& name, const ValueCheck& keep,
                         const std::string& help) {
  // The check has parsed it.
  const std::function<void(const std::string&)> done = [](const std::string& /*text*/) {};
  return app.add_option_function(name, done, help).take_last().check(keep);
}

ValueCheck keep_size(double& bytes) {
  return [&](const std::string& text) {
    const auto parsed = parse_quantity(text, Quantity::kBytes);
    if (!parsed) return fmt::format("must be a size such as 512MB, not '{}'", text);
    bytes = *parsed;
    return std::string();
  };
}

ValueCheck keep_seconds(double& seconds) {
  return [&](const std::string& text) {
    const auto parsed = parse_quantity(text, Quantity::kSeconds);
    if (!parsed) return fmt::format("must be a time such as 80ms, 90s or 24h, not '{}'", text);
    seconds = *parsed;
    return std::string();
  };
}

ValueCheck keep_times(std::optional<Distribution>& seconds, std::optional<Error>& unreadable) {
  return keep_distribution(seconds, Quantity::kSeconds, unreadable);
}

Result<Distribution> parse_distribution(std::string_view text, Quantity quantity) {
  if (text.starts_with("file:")) return read_values(std::string(text.substr(5)), quantity);
  const bool named = text.find(':') != std::string_view::npos;
  auto parts = split_at(text, named ? ':' : '/');
  const std::string name = named ? parts.front() : parts.size() == 2 ? "lognormal" : "fixed";
  if (named) parts.erase(parts.begin());
  std::vector<double> values;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool exponent = name == "pareto" && i == 1;
    const auto value = exponent ? parse_plain(parts[i]) : parse_quantity(parts[i], quantity);
    if (!value) return no_distribution(text, quantity);
    values.push_back(*value);
  }
  const double limit = quantity == Quantity::kSeconds ? kMostSeconds : kMostPeak;
  Distribution parsed;
  if (name == "fixed" && values.size() == 1) {
    parsed = Distribution::fixed(values[0]);
  } else if (name == "uniform" && values.size() == 2) {
    parsed = Distribution::uniform(values[0], values[1]);
  } else if (name == "lognormal" && values.size() == 2) {
    parsed = Distribution::lognormal(values[0], values[1]);
  } else if (name == "pareto" && (values.size() == 2 || values.size() == 3)) {
    const double most = values.size() == 3 ? values[2] : std::min(values[0] * kDefaultReach, limit);
    parsed = Distribution::pareto(values[0], values[1], most);
  } else {
    return no_distribution(text, quantity);
  }
  const auto checked = parsed.check(fmt::format("'{}'", text), limit);
  if (!checked) return std::unexpected(checked.error());
  return parsed;
}

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  if (text.empty() || text.size() > 12) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

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

}  // namespace tidemark
