#include "store/remote_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "base/http_client.h"
#include "base/json.h"
#include "store/remote_write.h"

namespace tidemark {
namespace {

using Labels = std::map<std::string, std::string>;

constexpr double kLeastStep = 20;      // seconds, of computed queries
constexpr double kMostPoints = 10000;  // of one series; servers refuse above 11,000

struct Answered {
  Labels labels;
  std::vector<std::pair<double, double>> points;
};

std::int64_t milliseconds(double time) { return std::llround(time * 1000); }

std::string_view memory_label(MemoryKind kind) {
  static constexpr std::array<std::string_view, 6> kNames = {
      "total", "resident", "proportional", "control_group", "heap_after_gc", "private"};
  return kNames[static_cast<std::size_t>(kind)];
}

MemoryKind memory_kind(std::string_view label) {
  for (const MemoryKind kind :
       {MemoryKind::kResident, MemoryKind::kProportional, MemoryKind::kControlGroup,
        MemoryKind::kHeapAfterGc, MemoryKind::kPrivate}) {
    if (memory_label(kind) == label) return kind;
  }
  return MemoryKind::kTotal;
}

EventKind event_kind(std::string_view name) {
  for (const EventKind kind : {EventKind::kDeploy, EventKind::kOutOfMemory, EventKind::kOverQuota,
                               EventKind::kTimeout, EventKind::kScale}) {
    if (event_kind_name(kind) == name) return kind;
  }
  return EventKind::kRestart;
}

// Without the password that a URL may hold.
std::string shown(const std::string& url) {
  const std::size_t slashes = url.find("://");
  const std::size_t at = url.find('@');
  const std::size_t path = slashes == std::string::npos ? 0 : url.find('/', slashes + 3);
  if (at == std::string::npos || slashes == std::string::npos || at > path) return url;
  return url.substr(0, slashes + 3) + url.substr(at + 1);
}

std::unexpected<Error> no_answer(Error error, const std::string& url) {
  if (error.code == ErrorCode::kIo) {
    error.message = fmt::format("no answer: {}", error.message);
    error.file = shown(url);
    error.hint = "is the server there, and the URL right?";
  }
  return std::unexpected(std::move(error));
}

std::unexpected<Error> refused(const HttpResponse& answer, const std::string& url) {
  std::string words = answer.body.substr(0, 200);
  const Json json = parse_json(answer.body, url).value_or(Json());
  if (json["error"].is_text()) words = json["error"].text().substr(0, 200);
  while (words.ends_with('\n')) words.pop_back();
  Error error{.code = answer.status == 400 ? ErrorCode::kUnsupported : ErrorCode::kIo,
              .message = fmt::format("the server answers {}: {}", answer.status, words),
              .file = url,
              .offset = {},
              .hint = {}};
  if (answer.status == 404) {
    error.hint = "Prometheus takes samples with --web.enable-remote-write-receiver only";
  }
  if (answer.status == 401 || answer.status == 403) error.hint = "set TIDEMARK_REMOTE_TOKEN";
  return std::unexpected(std::move(error));
}

std::vector<RemoteSeries> remote_series(const MemorySeries& series, std::size_t first_sample,
                                        std::size_t first_event) {
  const auto named = [&](const char* metric) {
    return RemoteSeries{.labels = {{"__name__", metric},
                                   {"name", series.name},
                                   {"memory", std::string(memory_label(series.kind))}},
                        .samples = {}};
  };
  RemoteSeries bytes = named("tidemark_memory_bytes");
  RemoteSeries requests = named("tidemark_requests");
  RemoteSeries workers = named("tidemark_workers");
  RemoteSeries quota = named("tidemark_quota_bytes");
  for (std::size_t i = first_sample; i < series.samples.size(); ++i) {
    const MemorySample& sample = series.samples[i];
    const std::int64_t time = milliseconds(sample.time);
    bytes.samples.push_back({time, sample.bytes});
    if (!std::isnan(sample.requests)) requests.samples.push_back({time, sample.requests});
    if (sample.workers > 0) workers.samples.push_back({time, static_cast<double>(sample.workers)});
  }
  if (series.quota > 0 && !bytes.samples.empty()) {
    quota.samples.push_back({bytes.samples.back().milliseconds, series.quota});
  }
  std::vector<RemoteSeries> all;
  for (RemoteSeries* one : {&bytes, &requests, &workers, &quota}) {
    if (!one->samples.empty()) all.push_back(std::move(*one));
  }
  for (std::size_t i = first_event; i < series.events.size(); ++i) {
    RemoteSeries event = named("tidemark_event");
    event.labels.emplace_back("kind", event_kind_name(series.events[i].kind));
    event.labels.emplace_back("detail", series.events[i].detail.substr(0, 100));
    event.samples.push_back({milliseconds(series.events[i].time), 1});
    all.push_back(std::move(event));
  }
  return all;
}

// [time, "value"]
bool read_point(const Json& point, std::pair<double, double>& out) {
  const std::span<const Json> both = point.elements();
  if (both.size() != 2 || !both[0].is_number() || !both[1].is_text()) return false;
  const std::string& text = both[1].text();
  out.first = both[0].number_or(0);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.second);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(out.second);
}

Result<std::vector<Answered>> read_matrix(const HttpResponse& answer, const std::string& url) {
  const auto json = parse_json(answer.body, url);
  if (!json || !(*json)["data"]["result"].is_array()) {
    return std::unexpected(
        Error{.code = ErrorCode::kDamaged,
              .message = json ? "an answer that is not Prometheus'"
                              : "an answer that is not Prometheus': " + json.error().message,
              .file = url,
              .offset = json ? std::nullopt : json.error().offset,
              .hint = "the URL ends where /api/v1/query begins"});
  }
  std::vector<Answered> all;
  for (const Json& one : (*json)["data"]["result"].elements()) {
    if (!one["values"].is_array()) continue;
    Answered series;
    for (const JsonMember& label : one["metric"].members()) {
      if (label.value.is_text()) series.labels[label.name] = label.value.text();
    }
    for (const Json& point : one["values"].elements()) {
      std::pair<double, double> read;
      if (read_point(point, read)) series.points.push_back(read);
    }
    all.push_back(std::move(series));
  }
  return all;
}

std::string label_of(const Labels& labels, const std::string& name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

// "process_resident_memory_bytes job=web instance=host:3000": what tells it from others first.
std::string name_of(const Labels& labels) {
  std::string name;
  for (const auto& [key, value] : labels) {
    if (key == "__name__") continue;
    name += (name.empty() ? "" : " ") + key + "=" + value;
  }
  return name.empty() ? label_of(labels, "__name__") : name;
}

class Reader {
 public:
  Reader(std::string url, const std::string& token) : url_(std::move(url)) {
    if (!token.empty()) headers_.emplace_back("Authorization", "Bearer " + token);
  }

  // The samples of a selector as they are.
  Result<std::vector<Answered>> raw(const std::string& selector, double now, double seconds) {
    // nocache: VictoriaMetrics would leave the newest half minute out.
    return get(fmt::format("{}/api/v1/query?query={}&time={:.3f}&nocache=1", url_,
                           url_encode(fmt::format("{}[{:.0f}s]", selector, std::ceil(seconds))),
                           now));
  }

  Result<std::vector<Answered>> computed(const std::string& promql, double now, double seconds) {
    const double step = std::max(kLeastStep, std::ceil(seconds / kMostPoints));
    return get(
        fmt::format("{}/api/v1/query_range?query={}&start={:.3f}&end={:.3f}&step={:.0f}"
                    "&nocache=1",
                    url_, url_encode(promql), now - seconds, now, step));
  }

 private:
  Result<std::vector<Answered>> get(const std::string& address) {
    const auto answer =
        client_.send({.method = "GET", .url = address, .headers = headers_, .body = {}});
    if (!answer) return no_answer(answer.error(), address);
    if (answer->status != 200) return refused(*answer, url_);
    return read_matrix(*answer, url_);
  }

  std::string url_;
  NamedValues headers_;
  HttpClient client_{HttpOptions{}};
};

MemorySample* sample_at(MemorySeries& series, double time) {
  const auto found = std::lower_bound(
      series.samples.begin(), series.samples.end(), time - 0.0005,
      [](const MemorySample& sample, double wanted) { return sample.time < wanted; });
  return found != series.samples.end() && found->time < time + 0.0005 ? &*found : nullptr;
}

using ByName = std::map<std::pair<std::string, std::string>, MemorySeries>;

// Puts one metric's points into the series that they belong to.
void fill(ByName& all, const std::string& metric, const Answered& answered) {
  const auto found =
      all.find({label_of(answered.labels, "name"), label_of(answered.labels, "memory")});
  if (found == all.end()) return;
  MemorySeries& series = found->second;
  for (const auto& [time, value] : answered.points) {
    if (metric == "tidemark_quota_bytes") {
      series.quota = value;
    } else if (metric == "tidemark_event") {
      series.events.push_back({.time = time,
                               .kind = event_kind(label_of(answered.labels, "kind")),
                               .detail = label_of(answered.labels, "detail")});
    } else if (MemorySample* sample = sample_at(series, time)) {
      if (metric == "tidemark_requests") sample->requests = value;
      if (metric == "tidemark_workers" && value >= 0 && value < 1e6) {
        sample->workers = static_cast<std::uint32_t>(value);
      }
    }
  }
}

Result<SeriesSet> some(std::vector<MemorySeries> series, const std::string& url) {
  std::erase_if(series, [](const MemorySeries& one) { return one.samples.empty(); });
  if (series.empty()) {
    return std::unexpected(Error{.code = ErrorCode::kNotFound,
                                 .message = "the server has no such samples in that time",
                                 .file = url,
                                 .offset = {},
                                 .hint = "another ?query=, or more time with --since"});
  }
  SeriesSet set;
  set.series = std::move(series);
  return set;
}

}  // namespace

RemoteStore::RemoteStore(std::string url) : url_(std::move(url)) {
  while (url_.ends_with('/')) url_.pop_back();
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  if (const char* token = std::getenv("TIDEMARK_REMOTE_TOKEN")) token_ = token;
}

bool RemoteStore::recognises(std::string_view url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

Result<void> RemoteStore::append(const MemorySeries& series, std::size_t first_sample,
                                 std::size_t first_event) const {
  const auto all = remote_series(series, first_sample, first_event);
  if (all.empty()) return {};
  const std::string body = snappy_block(write_request(all));
  HttpRequest request{.method = "POST",
                      .url = url_ + "/api/v1/write",
                      .headers = {{"Content-Type", "application/x-protobuf"},
                                  {"Content-Encoding", "snappy"},
                                  {"X-Prometheus-Remote-Write-Version", "0.1.0"}},
                      .body = body};
  if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
  const auto answer = HttpClient({.whole = std::chrono::seconds(10)}).send(request);
  if (!answer) return no_answer(answer.error(), request.url);
  if (answer->status / 100 != 2) return refused(*answer, url_);
  return {};
}

Result<SeriesSet> RemoteStore::read(double now, double seconds) const {
  Reader reader(url_, token_);
  auto bytes = reader.raw("tidemark_memory_bytes", now, seconds);
  if (!bytes) return std::unexpected(bytes.error());
  ByName all;
  for (const Answered& one : *bytes) {
    const std::string memory = label_of(one.labels, "memory");
    MemorySeries& series = all[{label_of(one.labels, "name"), memory}];
    series.name = label_of(one.labels, "name");
    series.kind = memory_kind(memory);
    for (const auto& [time, value] : one.points) {
      series.samples.push_back({.time = time, .bytes = value});
    }
    series.put_in_order();
  }
  for (const char* metric :
       {"tidemark_requests", "tidemark_workers", "tidemark_quota_bytes", "tidemark_event"}) {
    const auto answered = reader.raw(metric, now, seconds);
    if (!answered) return std::unexpected(answered.error());
    for (const Answered& one : *answered) fill(all, metric, one);
  }
  std::vector<MemorySeries> found;
  for (auto& [key, series] : all) {
    series.put_in_order();
    found.push_back(std::move(series));
  }
  return some(std::move(found), url_);
}

Result<SeriesSet> RemoteStore::query(const std::string& promql, double now, double seconds) const {
  Reader reader(url_, token_);
  auto answered = reader.raw(promql, now, seconds);
  // Only a plain selector can be asked for its samples.
  if (!answered && answered.error().message.find("answers 4") != std::string::npos) {
    answered = reader.computed(promql, now, seconds);
  }
  if (!answered) return std::unexpected(answered.error());
  std::vector<MemorySeries> found;
  for (const Answered& one : *answered) {
    MemorySeries series;
    series.name = name_of(one.labels);
    const std::string metric = label_of(one.labels, "__name__");
    if (metric.find("resident") != std::string::npos || metric.find("rss") != std::string::npos) {
      series.kind = MemoryKind::kResident;
    }
    // nodejs_heap_size_used_bytes; Ruby's exporters count slots, of 40 bytes each.
    const bool slots = metric.ends_with("heap_live_slots");
    if (slots || metric.find("heap_size_used") != std::string::npos ||
        metric.find("heap_used") != std::string::npos) {
      series.kind = MemoryKind::kHeapAfterGc;
    }
    const double unit = slots ? 40 : 1;
    for (const auto& [time, value] : one.points) {
      series.samples.push_back({.time = time, .bytes = value * unit});
    }
    series.put_in_order();
    found.push_back(std::move(series));
  }
  return some(std::move(found), url_);
}

RemoteInput parse_remote_input(std::string_view text) {
  RemoteInput input;
  const std::size_t query = text.find("query=");
  const std::size_t mark = text.find('?');
  input.url = text.substr(0, std::min(mark, text.size()));
  if (mark == std::string_view::npos || query == std::string_view::npos) return input;
  // PromQL is taken as typed: it may hold & and +, and needs no encoding in a shell's quotes.
  const std::string_view encoded = text.substr(query + 6);
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    unsigned byte = 0;
    const bool escape =
        encoded[i] == '%' && i + 2 < encoded.size() &&
        std::from_chars(encoded.data() + i + 1, encoded.data() + i + 3, byte, 16).ptr ==
            encoded.data() + i + 3;
    input.query += escape ? static_cast<char>(byte) : encoded[i];
    i += escape ? 2 : 0;
  }
  return input;
}

}  // namespace tidemark
