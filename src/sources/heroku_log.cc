#include "sources/heroku_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "base/numbers.h"
#include "platforms/dyno_sizes.h"

namespace tidemark {
namespace {

constexpr auto kMegabyte = static_cast<double>(kDynoMegabyte);
constexpr double kRepeat = 600;  // seconds in which a warning that comes again is the same one
constexpr double kReleaseReach = 900;  // seconds after a release in which a restart is its doing
constexpr double kKillReach = 120;     // seconds after R15 in which a start is its doing

// The number that "509" or "3 lines" begins with.
std::optional<double> number_at(std::string_view text) {
  const auto value = leading_number<double>(text);
  return value && *value >= 0 ? value : std::nullopt;
}

std::optional<double> sample_bytes(std::string_view text, std::string_view name) {
  const auto value = value_of(text, name);
  return value ? dyno_bytes(*value) : std::nullopt;
}

bool is_id(std::string_view part) {
  std::size_t digits = 0;
  std::size_t hexadecimal = 0;
  for (const char c : part) {
    const bool digit = c >= '0' && c <= '9';
    digits += digit ? 1 : 0;
    const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    hexadecimal += digit || letter || c == '-' ? 1 : 0;
  }
  if (digits == part.size()) return !part.empty();
  return digits > 0 && part.size() >= 8 && hexadecimal == part.size();
}

bool is_slot(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && dot > 0 && name.size() <= 64 &&
         name.find_first_not_of("0123456789", dot + 1) == std::string_view::npos &&
         dot + 1 < name.size();
}

// The slot of "heroku.772639.web.1.50578a75-9052-..." (2013), and the UUID; of "web.1" itself.
std::pair<std::string_view, std::string_view> source_of(std::string_view source) {
  if (!source.starts_with("heroku.")) return {source, {}};
  const std::size_t app = source.find('.', 7);
  const std::size_t last = source.rfind('.');
  if (app == std::string_view::npos || last <= app) return {};
  return {source.substr(app + 1, last - app - 1), source.substr(last + 1)};
}

bool recently(const std::vector<SeriesEvent>& events, EventKind kind, double time) {
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->kind == kind && std::fabs(event->time - time) < kRepeat) return true;
    if (events.rend() - event > 200) break;
  }
  return false;
}

}  // namespace

bool looks_like_heroku_log(std::string_view head) {
  // The last line may be cut.
  const std::size_t end = head.rfind('\n');
  if (end != std::string_view::npos) head = head.substr(0, end);
  std::string_view message;
  for (int i = 0; i < 50 && next_message(head, message); ++i) {
    const LogLine line = parse_log_line(message, 2e9);
    if (!line.process.empty() && (line.source == "heroku" || line.source == "app")) return true;
    if (line.text.find("sample#memory_") != std::string_view::npos) return true;
  }
  return false;
}

std::string endpoint_of(std::string_view method, std::string_view path) {
  path = path.substr(0, std::min(path.find('?'), path.size()));
  std::string out(method.substr(0, 10));
  out += ' ';
  for (std::size_t at = 0; at < path.size() && out.size() < 120;) {
    if (path[at] == '/') {
      out += '/';
      ++at;
      continue;
    }
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    out += is_id(part) ? std::string_view(":id") : part;
    at = end;
  }
  return out;
}

HerokuLog::Slot& HerokuLog::slot(std::string_view name) {
  const auto found = slots_.find(name);
  if (found != slots_.end()) return found->second;
  if (slots_.size() >= kMostSlots) return ignored_;
  return slots_[std::string(name)];
}

// Has this request been counted? The last 65,536 are remembered, each in one place of the table.
bool HerokuLog::is_new(std::string_view id) {
  if (id.empty()) return true;
  const std::uint64_t hash = stable_hash(id) | 1;
  std::uint64_t& place = seen_[hash % seen_.size()];
  if (place == hash) {
    ++repeated_;
    return false;
  }
  place = hash;
  return true;
}

void HerokuLog::add(std::string_view text) {
  std::string_view message;
  while (next_message(text, message)) {
    ++lines_;
    // A message of several lines is one of the app's own, or what somebody kept of several.
    while (!message.empty()) {
      const std::size_t end = std::min(message.find('\n'), message.size());
      add_line(parse_log_line(message.substr(0, end), now_));
      message.remove_prefix(std::min(end + 1, message.size()));
    }
  }
}

void HerokuLog::add_line(const LogLine& line) {
  if (!line.time) {
    timeless_ += line.text.find("sample#memory_") != std::string_view::npos ? 1 : 0;
    return;
  }
  const double time = *line.time;
  const bool used = add_metrics(line, time) || add_request(line, time) || add_state(line, time) ||
                    add_release(line, time) || add_server(line, time);
  useful_ += used ? 1 : 0;
}

bool HerokuLog::add_metrics(const LogLine& line, double time) {
  const auto source = value_of(line.text, "source");
  if (!source) return false;
  auto [name, uuid] = source_of(*source);
  if (!is_slot(name)) return false;
  double bytes = 0;
  if (const auto total = sample_bytes(line.text, "sample#memory_total")) {
    const auto resident = sample_bytes(line.text, "sample#memory_rss");
    const auto swap = sample_bytes(line.text, "sample#memory_swap");
    // Cache is given back for the asking, so it is left out where the parts are told.
    bytes = resident && swap ? *resident + *swap : *total;
  } else if (value_of(line.text, "measure") == std::string_view("memory_total")) {
    bytes = std::round(number_at(value_of(line.text, "val").value_or("")).value_or(0) * kMegabyte);
  } else {
    return false;
  }
  Slot& slot = this->slot(name);
  slot.metrics.push_back({.time = time, .bytes = bytes});
  if (const auto quota = sample_bytes(line.text, "sample#memory_quota")) slot.quota = *quota;
  if (const auto dyno = value_of(line.text, "dyno")) uuid = dyno->substr(dyno->rfind('.') + 1);
  if (uuid.empty() || slot.dynos.size() >= kMostSlots) return true;
  const auto [known, is_new] = slot.dynos.try_emplace(std::string(uuid), time);
  if (!is_new) known->second = std::min(known->second, time);
  return true;
}

bool HerokuLog::add_request(const LogLine& line, double time) {
  if (line.process != "router") {
    if (line.process != "logplex" || line.text.find(" dropped") == std::string_view::npos) {
      return false;
    }
    const std::size_t colon = line.text.find(": ");
    if (colon != std::string_view::npos) {
      lost_ += static_cast<std::uint64_t>(
          std::min(number_at(line.text.substr(colon + 2)).value_or(0), 1e12));
    }
    return true;
  }
  const auto dyno = value_of(line.text, "dyno");
  if (!dyno || !is_slot(*dyno) || !is_new(value_of(line.text, "request_id").value_or(""))) {
    return false;
  }
  Slot& slot = this->slot(*dyno);
  const auto piece = static_cast<std::int64_t>(std::floor(time / kEndpointSeconds));
  ++slot.requests[piece];
  const std::string endpoint = endpoint_of(value_of(line.text, "method").value_or(""),
                                           value_of(line.text, "path").value_or(""));
  auto known = endpoint_ids_.find(endpoint);
  if (known == endpoint_ids_.end() && endpoint_ids_.size() < kMostEndpoints) {
    known =
        endpoint_ids_.emplace(endpoint, static_cast<std::uint32_t>(endpoint_names_.size())).first;
    endpoint_names_.push_back(endpoint);
  }
  if (known != endpoint_ids_.end()) ++slot.endpoints[known->second][piece];
  if (line.text.find("code=H12") != std::string_view::npos &&
      !recently(slot.events, EventKind::kTimeout, time)) {
    slot.events.push_back({.time = time, .kind = EventKind::kTimeout, .detail = "H12 " + endpoint});
  }
  return true;
}

bool HerokuLog::add_state(const LogLine& line, double time) {
  if (line.source != "heroku" || !is_slot(line.process)) return false;
  const std::string_view text = line.text;
  Slot& slot = this->slot(line.process);
  if (text.starts_with("Process running mem=")) {
    const auto bytes = dyno_bytes(text.substr(20));
    if (!bytes) return false;
    slot.warnings.push_back({.time = time, .bytes = *bytes});
    const std::size_t open = text.find('(');
    const auto percent =
        open == std::string_view::npos ? std::nullopt : number_at(text.substr(open + 1));
    if (percent && *percent > 0) {
      // The percentage is of the quota: 590M(115.2%) is 512.
      slot.quota_by_percent = std::round(*bytes / *percent * 100 / kMegabyte / 16) * 16 * kMegabyte;
    }
    return true;
  }
  const auto note = [&](EventKind kind) {
    if (kind != EventKind::kRestart && recently(slot.events, kind, time)) return true;
    slot.events.push_back({.time = time, .kind = kind, .detail = std::string(text.substr(0, 80))});
    return true;
  };
  if (text.starts_with("Error R14")) return note(EventKind::kOverQuota);
  if (text.starts_with("Error R15")) return note(EventKind::kOutOfMemory);
  if (text.starts_with("Starting process with command")) return note(EventKind::kRestart);
  return text.starts_with("State changed") || text.starts_with("Stopping ") ||
         text.starts_with("Process exited") || text.starts_with("Error R") ||
         text.starts_with("Cycling") || text.starts_with("Restarting") ||
         text.starts_with("Idling") || text.starts_with("Unidling");
}

void HerokuLog::add_scale(std::string_view text, double time) {
  // "web@4:Standard-1X worker@1:Performance-M by user ..."
  while (!text.empty() && !text.starts_with("by ")) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const std::size_t at = word.find('@');
    const std::size_t colon = word.find(':');
    if (at != std::string_view::npos && colon != std::string_view::npos && colon > at) {
      const std::string type(word.substr(0, at));
      const auto size = dyno_size(word.substr(colon + 1));
      if (size && sizes_.size() < kMostSlots) sizes_[type] = static_cast<double>(size->quota);
      for (auto& [name, slot] : slots_) {
        if (!name.starts_with(type + ".")) continue;
        slot.events.push_back(
            {.time = time, .kind = EventKind::kScale, .detail = std::string(word)});
      }
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool HerokuLog::add_release(const LogLine& line, double time) {
  if (line.process != "api") return false;
  if (line.text.starts_with("Release v")) {
    if (releases_.size() < 100000) {
      const std::string_view name = line.text.substr(8);
      releases_.emplace_back(time, std::string(name.substr(0, std::min(name.find(' '), 16UL))));
    }
    return true;
  }
  const std::size_t scaled = line.text.find("Scaled to ");
  if (scaled != std::string_view::npos) {
    add_scale(line.text.substr(scaled + 10), time);
    return true;
  }
  return line.text.starts_with("Deploy ") || line.text.starts_with("Set ") ||
         line.text.starts_with("Scale to ");
}

// How many workers share the dyno, by what its server says.
bool HerokuLog::add_server(const LogLine& line, double time) {
  if (line.source != "app" || !is_slot(line.process)) return false;
  static constexpr std::array<std::string_view, 3> kSayings = {
      "* Workers: ", "Workers: ", "with master and "};
  for (const std::string_view saying : kSayings) {
    const std::size_t at = line.text.find(saying);
    if (at == std::string_view::npos) continue;
    const auto count = number_at(line.text.substr(at + saying.size()));
    if (!count || *count < 1 || *count > 1000) continue;
    slot(line.process).workers.emplace_back(time, static_cast<std::uint32_t>(*count));
    return true;
  }
  return false;
}

// Which events began a new life: the starts that were logged, and the first sign of every dyno but
// the first; a kill before one, or a release, says why.
void HerokuLog::add_lives(const Slot& slot, MemorySeries& series) const {
  std::vector<std::pair<double, std::string>> starts;
  for (const SeriesEvent& event : slot.events) {
    if (event.kind == EventKind::kRestart) {
      starts.emplace_back(event.time, event.detail);
    } else {
      series.events.push_back(event);
    }
  }
  double first = series.samples.empty() ? 0 : series.samples.front().time;
  for (const auto& [uuid, seen] : slot.dynos) {
    if (seen > first + 1) starts.emplace_back(seen, "dyno " + uuid.substr(0, 8));
  }
  std::sort(starts.begin(), starts.end());
  double last = -1e18;
  for (auto& [time, detail] : starts) {
    // A logged start and the first sample of its dyno, half a minute later, are one.
    if (time - last < 45) continue;
    last = time;
    EventKind kind = EventKind::kRestart;
    for (const SeriesEvent& event : slot.events) {
      const double since = time - event.time;
      if (event.kind == EventKind::kOutOfMemory && since >= 0 && since < kKillReach) {
        kind = EventKind::kOutOfMemory;
      }
    }
    if (kind == EventKind::kRestart) {
      for (const auto& [released, version] : releases_) {
        if (time - released < 0 || time - released > kReleaseReach) continue;
        kind = EventKind::kDeploy;
        detail = version;
      }
    }
    series.events.push_back({.time = time, .kind = kind, .detail = std::move(detail)});
  }
}

MemorySeries HerokuLog::series_of(const std::string& name, const Slot& slot) const {
  MemorySeries series;
  series.name = name;
  series.samples = slot.metrics.empty() ? slot.warnings : slot.metrics;
  const auto size = sizes_.find(name.substr(0, name.rfind('.')));
  series.quota = slot.quota > 0 ? slot.quota : slot.quota_by_percent;
  if (series.quota == 0 && size != sizes_.end()) series.quota = size->second;
  series.put_in_order();
  auto request = slot.requests.begin();
  if (!slot.requests.empty()) {
    for (MemorySample& sample : series.samples) {
      sample.requests = 0;
      for (; request != slot.requests.end() &&
             static_cast<double>(request->first + 1) * kEndpointSeconds <= sample.time;
           ++request) {
        sample.requests += request->second;
      }
    }
  }
  auto workers = slot.workers;
  std::stable_sort(workers.begin(), workers.end());
  auto known = workers.begin();
  std::uint32_t count = workers.empty() ? 0 : workers.front().second;
  for (MemorySample& sample : series.samples) {
    for (; known != workers.end() && known->first <= sample.time; ++known) count = known->second;
    sample.workers = count;
  }
  add_lives(slot, series);
  for (const auto& [id, pieces] : slot.endpoints) {
    EndpointTraffic traffic{.endpoint = endpoint_names_[id], .counts = {}};
    for (const auto& [piece, requests] : pieces) {
      traffic.counts.emplace_back(static_cast<double>(piece) * kEndpointSeconds, requests);
    }
    series.endpoints.push_back(std::move(traffic));
  }
  series.put_in_order();
  return series;
}

SeriesSet HerokuLog::series() const {
  SeriesSet out;
  std::size_t silent = 0;
  for (const auto& [name, slot] : slots_) {
    if (slot.metrics.empty() && slot.warnings.empty()) {
      ++silent;
      continue;
    }
    out.series.push_back(series_of(name, slot));
    if (slot.metrics.empty()) {
      out.note("no_metrics",
               fmt::format("{}: no memory metrics, only what R14 said while it was over the quota; "
                           "turn them on with: heroku labs:enable log-runtime-metrics",
                           name));
    }
  }
  if (timeless_ > 0) {
    out.note("lines_without_time",
             fmt::format("{} metrics lines say no time and were left out", timeless_));
  }
  if (repeated_ > 0) {
    out.note("repeated_requests",
             fmt::format("{} requests were logged twice and count once", repeated_));
  }
  if (lost_ > 0) {
    out.note("lost_lines",
             fmt::format("Heroku dropped {} log lines on the way (L10, L11): requests "
                         "and events may be missing",
                         lost_));
  }
  if (silent > 0) {
    out.note("silent_dynos", fmt::format("{} dynos without a word about memory", silent));
  }
  return out;
}

}  // namespace tidemark
