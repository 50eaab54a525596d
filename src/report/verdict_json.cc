#include "report/verdict_json.h"

#include <array>
#include <string_view>

#include "report/json_writer.h"

namespace tidemark {
namespace {

std::string_view start_id(LifeStart start) {
  static constexpr std::array<std::string_view, 5> kIds = {"first_sample", "restart", "deploy",
                                                           "out_of_memory", "inferred"};
  return kIds[static_cast<std::size_t>(start)];
}

void write_estimate(JsonWriter& json, std::string_view name, const Estimate& estimate) {
  json.begin_object(name);
  json.member("value", estimate.value);
  json.member("low", estimate.low);
  json.member("high", estimate.high);
  json.end_object();
}

void write_positive(JsonWriter& json, std::string_view name, double value) {
  if (value > 0) {
    json.member(name, value);
  } else {
    json.null(name);
  }
}

void write_points(JsonWriter& json, std::string_view name, const std::vector<CurvePoint>& points) {
  json.begin_array(name);
  for (const CurvePoint& point : points) {
    json.begin_array();
    json.value(point.time);
    json.value(point.bytes);
    json.end_array();
  }
  json.end_array();
}

void write_lives(JsonWriter& json, const Verdict& verdict) {
  json.begin_array("lives");
  for (const VerdictLife& life : verdict.lives) {
    json.begin_object();
    json.member("begin", life.begin);
    json.member("end", life.end);
    json.member("start", start_id(life.start));
    json.member("fitted", life.pooled);
    json.member("end_bytes", life.settled);
    json.end_object();
  }
  json.end_array();
  json.begin_array("jumps");
  for (const VerdictJump& jump : verdict.jumps) {
    json.begin_object();
    json.member("time", jump.time);
    json.member("end", jump.end);
    json.member("bytes", jump.bytes);
    json.member("stayed", jump.stayed);
    json.end_object();
  }
  json.end_array();
}

void write_events(JsonWriter& json, const MemorySeries& series) {
  json.begin_array("events");
  for (const SeriesEvent& event : series.events) {
    json.begin_object();
    json.member("time", event.time);
    json.member("kind", event_kind_name(event.kind));
    json.member("detail", event.detail);
    json.end_object();
  }
  json.end_array();
}

void write_curves(JsonWriter& json, const Verdict& verdict) {
  write_points(json, "floor", verdict.floor);
  json.begin_array("fitted");
  for (const auto& line : verdict.fitted) {
    json.begin_array();
    for (const CurvePoint& point : line) {
      json.begin_array();
      json.value(point.time);
      json.value(point.bytes);
      json.end_array();
    }
    json.end_array();
  }
  json.end_array();
  write_points(json, "forecast", verdict.forecast);
  write_points(json, "forecast_low", verdict.forecast_low);
  write_points(json, "forecast_high", verdict.forecast_high);
}

void write_conclusion(JsonWriter& json, const Verdict& verdict) {
  json.member("leak_probability", verdict.leak_probability);
  json.member("leak_log_odds", verdict.leak_evidence);
  json.member("leak_log_odds_wanted", verdict.leak_wanted);
  write_estimate(json, "growth_bytes_per_hour", verdict.growth);
  if (verdict.growth_per_1000_requests) {
    write_estimate(json, "growth_bytes_per_1000_requests", *verdict.growth_per_1000_requests);
  } else {
    json.null("growth_bytes_per_1000_requests");
  }
  write_positive(json, "smallest_leak_bytes_per_hour", verdict.least_leak);
  write_estimate(json, "plateau_bytes", verdict.plateau);
  json.member("hours_to_settle", verdict.settle_hours);
  if (verdict.hours_to_quota) {
    json.member("hours_to_quota", *verdict.hours_to_quota);
  } else {
    json.null("hours_to_quota");
  }
  json.member("flat_hours", verdict.flat_hours);
  json.member("traffic_bytes", verdict.traffic_bytes);
  json.member("best_ending_curve", verdict.ending_model);
  json.member("best_growing_curve", verdict.going_model);
  if (verdict.heap) {
    static constexpr std::array<std::string_view, 4> kSays = {"nothing_yet", "agrees",
                                                              "objects_leak", "growth_is_outside"};
    json.begin_object("heap_after_gc");
    json.member("says", kSays[static_cast<std::size_t>(verdict.heap->says)]);
    json.member("decided", verdict.heap->decided);
    json.member("verdict", verdict_id(verdict.heap->kind));
    json.member("now_bytes", verdict.heap->now);
    write_estimate(json, "growth_bytes_per_hour", verdict.heap->growth);
    json.member("leak_probability", verdict.heap->leak_probability);
    json.end_object();
  } else {
    json.null("heap_after_gc");
  }
  json.begin_object("workers");
  write_positive(json, "now", static_cast<double>(verdict.workers));
  if (verdict.workers > 0 && verdict.quota > 0) {
    json.member("fit", verdict.workers_fit);
  } else {
    json.null("fit");
  }
  write_positive(json, "bytes_each", verdict.per_worker);
  write_positive(json, "shared_bytes", verdict.shared);
  json.member("plateau_is_a_lower_bound", verdict.at_least);
  json.member("killed", verdict.kills);
  json.end_object();
}

void write_attribution(JsonWriter& json, const Attribution& attribution) {
  json.begin_object("endpoints");
  json.member("looked_at", attribution.endpoints);
  json.begin_array("of_jumps");
  for (const JumpSuspect& suspect : attribution.jumps) {
    json.begin_object();
    json.member("endpoint", suspect.endpoint);
    json.member("jumps", suspect.jumps);
    json.member("chance", suspect.chance);
    json.end_object();
  }
  json.end_array();
  json.begin_array("of_growth");
  for (const SlopeSuspect& suspect : attribution.slope) {
    json.begin_object();
    if (suspect.endpoint.empty()) {
      json.null("endpoint");
    } else {
      json.member("endpoint", suspect.endpoint);
    }
    json.member("probability", suspect.probability);
    json.member("bytes_per_1000_requests", suspect.bytes_per_1000);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_series(JsonWriter& json, const JudgedSeries& judged) {
  const Verdict& verdict = judged.verdict;
  json.begin_object();
  json.member("name", judged.series->name);
  json.member("memory", memory_kind_name(judged.series->kind));
  json.member("verdict", verdict_id(verdict.kind));
  json.member("confidence", verdict.confidence);
  json.member("sentences", verdict_sentences(*judged.series, verdict));
  json.member("hours", verdict.hours);
  json.member("samples", verdict.samples);
  json.member("now_bytes", verdict.now);
  write_positive(json, "quota_bytes", verdict.quota);
  json.member("killed_out_of_memory", verdict.out_of_memory);
  if (verdict.kind == VerdictKind::kInsufficient) {
    json.null("conclusion");
  } else {
    json.begin_object("conclusion");
    write_conclusion(json, verdict);
    json.end_object();
  }
  write_attribution(json, judged.attribution);
  write_lives(json, verdict);
  write_events(json, *judged.series);
  write_curves(json, verdict);
  json.end_object();
}

}  // namespace

void write_verdicts_json(TextSink& sink, const std::string& input,
                         const std::vector<std::string>& notes,
                         const std::vector<JudgedSeries>& judged) {
  JsonWriter json(sink);
  json.begin_document("verdict");
  json.member("input", input);
  json.begin_array("notes");
  for (const std::string& note : notes) json.value(note);
  json.end_array();
  json.begin_array("series");
  for (const JudgedSeries& one : judged) write_series(json, one);
  json.end_array();
  json.end_document();
}

}  // namespace tidemark
