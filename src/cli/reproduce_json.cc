#include "cli/reproduce_json.h"

#include <cmath>

#include "analysis/heaviest_path.h"
#include "answers/series/shapes.h"
#include "report/csv.h"
#include "report/json_writer.h"
#include "report/node_text.h"
#include "reproduce/baseline.h"
#include "series/clock_text.h"

namespace tidemark {
namespace {

void estimate(JsonWriter& json, std::string_view name, const Estimate& value, double scale) {
  json.begin_object(name);
  json.member("value", value.value * scale);
  json.member("low", value.low * scale);
  json.member("high", value.high * scale);
  json.end_object();
}

void trend(JsonWriter& json, std::string_view name, const GrowthTrend& growth) {
  json.begin_object(name);
  json.member("points", growth.points);
  estimate(json, "per_1000_requests", growth.per_request, 1000);
  json.member("total", growth.total);
  json.member("pace_kept", growth.pace_kept);
  json.member("rises", growth.rises);
  json.member("noise", growth.noise);
  json.end_object();
}

void conclusion(JsonWriter& json, const Conclusion& c) {
  json.begin_object("conclusion");
  json.member("outcome", outcome_id(c.outcome));
  json.member("clear", c.clear);
  json.member("by_heap", c.by_heap);
  const GrowthTrend& growth = growth_of(c);
  estimate(json, "growth_per_1000_requests", growth.per_request, 1000);
  json.member("least_leak_per_1000_requests", growth.least_seen() * 1000);
  trend(json, "heap", c.heap);
  trend(json, "heap_without_program", c.data);
  trend(json, "memory", c.resident);
  trend(json, "outside_heap", c.outside);
  trend(json, "threads", c.threads);
  json.member("level_bytes", c.level);
  json.member("peak_bytes", c.peak);
  json.member("workers", c.workers);
  json.member("bytes_per_worker", c.per_worker);
  json.end_object();
}

void load(JsonWriter& json, const LoadTotals& totals) {
  json.begin_object("load");
  json.member("sent", totals.sent);
  json.member("answered", totals.answered);
  json.member("failed", totals.failed);
  json.member("body_bytes", totals.bytes);
  json.member("seconds", totals.seconds);
  json.member("requests_per_second",
              totals.seconds > 0 ? static_cast<double>(totals.answered) / totals.seconds : 0.0);
  json.begin_object("latency_ms");
  const auto quantile = [&](std::string_view name, double part) {
    json.member(name, static_cast<double>(totals.latency.quantile(part)) / 1000);
  };
  quantile("p50", 0.5);
  quantile("p90", 0.9);
  quantile("p99", 0.99);
  quantile("p99.9", 0.999);
  json.member("max", static_cast<double>(totals.latency.most()) / 1000);
  json.end_object();
  json.begin_object("status");
  for (const auto& [status, count] : totals.by_status) json.member(std::to_string(status), count);
  json.end_object();
  json.begin_object("faults");
  for (const auto& [fault, count] : totals.faults) json.member(fault, count);
  json.end_object();
  json.end_object();
}

void points(JsonWriter& json, const std::vector<MeasuredPoint>& list) {
  json.begin_array("points");
  for (const MeasuredPoint& point : list) {
    json.begin_object();
    json.member("time", point.time);
    json.member("requests", point.requests);
    json.member("memory_bytes", point.resident);
    json.member("process_bytes", point.worker_resident);
    if (point.engine_pages > 0) json.member("v8_pages_bytes", point.engine_pages);
    json.member("threads", point.threads);
    if (point.heap) {
      json.member("live_bytes", *point.heap);
      json.member("live_objects", point.objects);
      json.member("program_bytes", point.program);
    } else {
      json.null("live_bytes");
    }
    if (!point.dump.empty()) json.member("dump", point.dump);
    json.end_object();
  }
  json.end_array();
}

void suspects(JsonWriter& json, const DumpSuspects& dumps) {
  json.begin_array("suspects");
  for (const Suspect& suspect : dumps.found.suspects) {
    json.begin_object();
    json.member("signature", suspect.signature);
    if (suspect.member_class.valid()) {
      json.member("class", dumps.graph.words->class_name(suspect.member_class));
    }
    if (suspect.holder.valid()) {
      json.member("holder_class", dumps.graph.class_name(suspect.holder.value));
      json.member("holder_site",
                  dumps.graph.words->site_label(dumps.graph.site_of(suspect.holder.value)));
    }
    json.member("growth_bytes", suspect.growth());
    json.member("retained_bytes", suspect.retained);
    json.begin_array("counts");
    for (const std::uint64_t count : suspect.counts) json.value(count);
    json.end_array();
    json.begin_array("sites");
    for (const auto& [site, count] : suspect.sites) {
      json.begin_object();
      json.member("site", dumps.graph.words->site_label(site));
      json.member("objects", count);
      json.end_object();
    }
    json.end_array();
    // The way to the bulk of one member, where references have names that make it readable.
    json.begin_array("content");
    if (!dumps.graph.edge_label.empty()) {
      for (const std::uint32_t node :
           heaviest_path(dumps.graph, dumps.dominators, suspect.example)) {
        json.begin_object();
        json.member("object", node_text(dumps.graph, node));
        json.member("site", dumps.graph.words->site_label(dumps.graph.site_of(node)));
        json.end_object();
      }
    }
    json.end_array();
    json.member("where", path_text(dumps.graph, suspect.path));
    json.begin_array("path");
    for (const std::uint32_t node : suspect.path) json.value(node_text(dumps.graph, node));
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

void run_members(JsonWriter& json, const ReproducedRun& run) {
  json.member("program", run.program);
  json.member("title", run.title);
  json.member("port", run.server.port);
  json.member("traced", run.traced);
  json.member("interrupted", run.interrupted);
  if (run.ended) {
    json.member("ended", *run.ended);
  } else {
    json.null("ended");
  }
  json.member("warmup_requests", run.warmup_requests);
  conclusion(json, run.conclusion);
  load(json, run.load);
  points(json, run.points);
  if (run.curve) {
    json.begin_object("curve");
    json.member("verdict", word_for(run.curve->kind));
    json.member("leak_probability", run.curve->leak_probability);
    json.member("speedup", 60);
    json.end_object();
  } else {
    json.null("curve");
  }
  if (run.suspects != nullptr) {
    suspects(json, *run.suspects);
  } else {
    json.null("suspects");
  }
  const auto [thread, threads] = most_new_threads(run.points);
  if (threads > 0) {
    json.begin_object("new_threads");
    json.member("name", thread);
    json.member("count", threads);
    json.end_object();
  } else {
    json.null("new_threads");
  }
  json.begin_array("native_modules");
  for (const std::string& name : run.native_modules) json.value(name);
  json.end_array();
  json.begin_array("notes");
  for (const std::string& note : run.notes) json.value(note);
  json.end_array();
}

}  // namespace

void write_reproduction_json(TextSink& sink, const Reproduction& found) {
  JsonWriter json(sink);
  json.begin_document("reproduce");
  json.begin_array("command");
  for (const std::string& word : found.command) json.value(word);
  json.end_array();
  json.member("folder", found.folder);
  run_members(json, found.run);
  if (found.traced != nullptr) {
    json.begin_object("traced_run");
    run_members(json, *found.traced);
    json.end_object();
  } else {
    json.null("traced_run");
  }
  json.end_document();
}

void write_endpoints_json(TextSink& sink, const EndpointTable& table) {
  JsonWriter json(sink);
  json.begin_document("endpoints");
  json.member("interrupted", table.interrupted);
  json.begin_array("endpoints");
  for (const EndpointCost& one : table.endpoints) {
    json.begin_object();
    json.member("endpoint", one.name);
    json.member("requests", one.requests);
    if (one.kept.points >= 2) {
      estimate(json, "kept_per_request", one.kept.per_request, 1);
    } else {
      json.null("kept_per_request");
    }
    const auto known = [&](std::string_view name, double value) {
      if (value >= 0) {
        json.member(name, value);
      } else {
        json.null(name);
      }
    };
    known("allocated_bytes_per_request", one.allocated);
    known("allocated_objects_per_request", one.allocated_objects);
    json.member("memory_before", one.before);
    json.member("memory_after", one.after);
    json.member("memory_peak", one.peak);
    load(json, one.load);
    if (one.failure.empty()) {
      json.null("failure");
    } else {
      json.member("failure", one.failure);
    }
    json.end_object();
  }
  json.end_array();
  json.end_document();
}

void write_series_csv(TextSink& sink, const MemorySeries& series) {
  CsvWriter csv(sink, {"time", "bytes", "requests", "workers"});
  for (const MemorySample& sample : series.samples) {
    csv.number(sample.time).number(std::llround(sample.bytes));
    if (std::isfinite(sample.requests)) {
      csv.number(std::llround(sample.requests));
    } else {
      csv.empty();
    }
    csv.number(sample.workers).end_row();
  }
}

}  // namespace tidemark
