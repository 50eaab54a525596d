#include "cli/capture_report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/units.h"
#include "report/json_writer.h"
#include "report/safe_text.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

std::string bytes(std::uint64_t count) { return format_bytes(static_cast<std::int64_t>(count)); }

std::string milliseconds(double ms) {
  if (ms < 1) return fmt::format("{:.2f} ms", ms);
  if (ms < 10) return fmt::format("{:.1f} ms", ms);
  if (ms < 1000) return fmt::format("{:.0f} ms", ms);
  return fmt::format("{:.1f} s", ms / 1000);
}

std::string span_of_time(double low, double high) {
  if (high < 1000)
    return fmt::format("{:.0f}-{:.0f} ms", std::max(1.0, std::floor(low)), std::ceil(high));
  return fmt::format("{:.1f}-{:.1f} s", low / 1000, high / 1000);
}

std::string age(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole < 120) return fmt::format("{} s", whole);
  if (whole < 7200) return fmt::format("{} min", whole / 60);
  if (whole < 172'800) return fmt::format("{} h", whole / 3600);
  return fmt::format("{} days", whole / 86'400);
}

std::string head_line(const Diagnosis& d, const TextStyle& style) {
  std::string out = style.bold(d.runtime->title()) + fmt::format(", process {}", d.status.pid);
  out += fmt::format(", RSS {}, {}, up {}\n", bytes(d.status.resident_bytes),
                     plural(d.status.threads, "thread"), age(d.uptime_seconds));
  return out + "  " + style.dim(shorten(safe_text(d.title), kTextWidth - 2)) + "\n";
}

TableCell verdict_cell(CheckResult result) {
  switch (result) {
    case CheckResult::kFine:
      return {"ok", Tint::kGreen};
    case CheckResult::kWarning:
      return {"mind", Tint::kYellow};
    case CheckResult::kObstacle:
      return {"no", Tint::kRed};
  }
  return {"?"};
}

std::string checks_text(const Diagnosis& d, const TextStyle& style) {
  std::string out;
  for (const Check& check : d.checks) {
    const TableCell verdict = verdict_cell(check.result);
    const std::string first = fmt::format(
        "  {}{}{:<10}", style.paint(verdict.tint, verdict.text),
        std::string(6 - std::min<std::size_t>(verdict.text.size(), 5), ' '), check.name);
    out += wrap(safe_text(check.text), {.first = first, .hanging = "                  "});
  }
  return out;
}

TableCell possible_cell(const MethodOutlook& outlook) {
  if (!outlook.possible) return {"no", Tint::kRed};
  if (!outlook.fits) return {"with --force", Tint::kYellow};
  return {"yes", Tint::kGreen};
}

std::string methods_text(const Diagnosis& d, const TextStyle& style) {
  Table table({text_column("METHOD"), text_column("POSSIBLE"), number_column("PAUSE"),
               number_column("MEMORY"), text_column("")});
  // What an app has to load beforehand is of interest where it has, or where nothing else goes.
  bool possible = false;
  std::vector<MethodOutlook> shown;
  for (const MethodOutlook& outlook : d.methods) {
    const bool loaded =
        outlook.method == CaptureMethod::kPreload || outlook.method == CaptureMethod::kRbtrace;
    if (!loaded || outlook.possible || !possible) shown.push_back(outlook);
    possible = possible || outlook.possible;
  }
  for (const MethodOutlook& outlook : shown) {
    table.add_row(
        {method_name(outlook.method), possible_cell(outlook),
         span_of_time(outlook.cost.pause_low_ms, outlook.cost.pause_high_ms),
         bytes(outlook.cost.memory_bytes),
         outlook.cost.memory_stays ? "stays in the process" : "given back when it is done"});
  }
  std::string out = table.print(style, {.indent = 2});
  for (const MethodOutlook& outlook : shown) {
    if (outlook.possible && outlook.fits) continue;
    const std::string name = fmt::format("  {}: ", method_name(outlook.method));
    out += wrap(safe_text(outlook.obstacle), {.first = name, .hanging = "    "});
    out += wrap(safe_text(outlook.remedy), {.first = "    help: ", .hanging = "    "});
  }
  return out;
}

void cost_json(JsonWriter& json, const CostEstimate& cost) {
  json.begin_object("estimate");
  json.member("pause_low_ms", cost.pause_low_ms);
  json.member("pause_high_ms", cost.pause_high_ms);
  json.member("memory_bytes", cost.memory_bytes);
  json.member("memory_stays", cost.memory_stays);
  json.end_object();
}

void process_json(JsonWriter& json, const Diagnosis& d) {
  json.begin_object("process");
  json.member("pid", d.status.pid);
  json.member("pid_inside", d.status.pid_inside);
  json.member("app", d.app);
  json.member("command", d.title);
  json.member("runtime", d.runtime->kind == RuntimeKind::kRuby ? "ruby" : "node");
  json.member("version", d.runtime->version);
  json.member("resident_bytes", d.status.resident_bytes);
  if (d.heap_bytes != 0) json.member("v8_heap_bytes", d.heap_bytes);
  json.member("threads", d.status.threads);
  json.member("uptime_seconds", d.uptime_seconds);
  json.member("other_namespaces", d.other_namespaces);
  json.end_object();
}

}  // namespace

std::string doctor_text(const Diagnosis& d, const TextStyle& style) {
  std::string out =
      head_line(d, style) + "\n" + checks_text(d, style) + "\n" + methods_text(d, style);
  const CaptureMethod best = best_method(d, CaptureKind::kHeap);
  const MethodOutlook* outlook = outlook_of(d, best);
  const bool possible = outlook != nullptr && outlook->possible;
  if (possible && outlook->fits) {
    out += fmt::format("\nNext: tidemark capture {}\n", d.status.pid);
  } else if (possible) {
    out += fmt::format("\nNext: tidemark capture {} --dry-run shows the numbers; --force tries.\n",
                       d.status.pid);
  } else {
    out += "\nNo method is possible as things stand; the help above says what would change that.\n";
  }
  return out;
}

void doctor_json(const Diagnosis& d, TextSink& out) {
  JsonWriter json(out);
  json.begin_document("doctor");
  process_json(json, d);
  json.begin_object("memory");
  json.member("free_bytes", d.room.free_bytes);
  json.member("limit_bytes", d.room.limit_bytes);
  json.member("limited_by", d.room.host ? std::string("host") : d.room.group);
  json.member("copy_counts_in", d.copy_groups ? "own" : "app");
  json.member("copy_free_bytes",
              d.copy_groups ? d.copy_groups->room.free_bytes : d.room.free_bytes);
  json.end_object();
  json.begin_array("checks");
  for (const Check& check : d.checks) {
    static constexpr std::array kResults = {"fine", "warning", "obstacle"};
    json.begin_object();
    json.member("name", check.name);
    json.member("result", kResults[static_cast<std::size_t>(check.result)]);
    json.member("text", check.text);
    json.end_object();
  }
  json.end_array();
  json.begin_array("methods");
  for (const MethodOutlook& outlook : d.methods) {
    json.begin_object();
    json.member("method", method_name(outlook.method));
    json.member("possible", outlook.possible);
    json.member("fits", outlook.fits);
    cost_json(json, outlook.cost);
    json.member("obstacle", outlook.obstacle);
    json.member("remedy", outlook.remedy);
    json.end_object();
  }
  json.end_array();
  json.end_document();
}

std::string candidates_text(const std::vector<Candidate>& candidates, pid_t chosen,
                            const TextStyle& style) {
  Table table({text_column(""), number_column("PID"), number_column("RSS"), number_column("UP"),
               text_column("RUNTIME"), name_column("COMMAND")});
  for (const Candidate& one : candidates) {
    table.add_row({one.pid == chosen ? "*" : "", fmt::format("{}", one.pid),
                   bytes(one.resident_bytes), age(one.uptime_seconds),
                   one.kind == RuntimeKind::kRuby ? "Ruby" : "Node.js", one.title});
  }
  return table.print(style);
}

void candidates_json(const std::vector<Candidate>& candidates, TextSink& out) {
  JsonWriter json(out);
  json.begin_document("doctor");
  json.begin_array("processes");
  for (const Candidate& one : candidates) {
    json.begin_object();
    json.member("pid", one.pid);
    json.member("parent", one.parent);
    json.member("runtime", one.kind == RuntimeKind::kRuby ? "ruby" : "node");
    json.member("resident_bytes", one.resident_bytes);
    json.member("uptime_seconds", one.uptime_seconds);
    json.member("command", one.title);
    json.end_object();
  }
  json.end_array();
  json.end_document();
}

std::string dry_run_text(const Diagnosis& d, const CaptureRequest& request,
                         const TextStyle& style) {
  const MethodOutlook* outlook = outlook_of(d, request.method);
  std::string out = head_line(d, style);
  if (outlook == nullptr) return out;
  const bool ours = outlook->method == CaptureMethod::kFork && d.copy_groups;
  const MemoryRoom& room = ours ? d.copy_groups->room : d.room;
  const std::string plan = fmt::format(
      "Would capture its {} by {}: a pause of {}, about {} of memory {}; {} is free of {} ({}{}).",
      kind_name(request.kind), method_name(request.method),
      span_of_time(outlook->cost.pause_low_ms, outlook->cost.pause_high_ms),
      bytes(outlook->cost.memory_bytes),
      outlook->cost.memory_stays ? "that stays in the process" : "for as long as it takes",
      bytes(room.free_bytes), bytes(room.limit_bytes), room.place(),
      ours ? "; the copy does not count in the app's control group" : "");
  return out + "\n" + wrap(plan) + wrap("Nothing was touched.");
}

std::string capture_text(const CaptureRecord& record, const TextStyle& style) {
  const CaptureReport& r = record.report;
  std::string out = head_line(record.diagnosis, style);
  out += "\n";
  out += wrap(fmt::format("{} in {:.1f} s, {} stored as {}", bytes(r.bytes), r.seconds,
                          bytes(r.stored_bytes), style.bold(safe_text(record.path))));
  if (record.redacted != "off" &&
      holds_contents(record.diagnosis.runtime->kind, record.request.kind)) {
    out +=
        wrap(record.redacted == "drop" ? "The contents of strings were left out."
                                       : "The contents of strings were replaced by salted names.");
  }
  if (r.pause_ms == 0) return out;
  const CaptureMethod by = record.request.method;
  const bool usual = by == CaptureMethod::kFork || by == CaptureMethod::kInjection;
  std::string cost = usual ? "The process" : fmt::format("By {}: the process", method_name(by));
  cost += fmt::format(" paused for {}", milliseconds(r.pause_ms));
  if (r.stopped_ms > 0 && r.pause_ms > r.stopped_ms)
    cost += fmt::format(" (under ptrace {})", milliseconds(r.stopped_ms));
  if (r.copy_peak_bytes > 0) {
    cost += fmt::format("; the copy took {} of its own and is gone", bytes(r.copy_peak_bytes));
  }
  out += wrap(cost + ".");
  const bool sample = record.request.kind == CaptureKind::kAllocationProfile &&
                      record.diagnosis.runtime->kind == RuntimeKind::kRuby;
  if (!record.last || (record.request.kind != CaptureKind::kHeap && !sample)) return out;
  out += fmt::format("\nNext: tidemark summary {}{}\n", safe_text(record.path),
                     sample ? " --by site" : "");
  return out;
}

void capture_json(const CaptureRecord& record, TextSink& out) {
  const CaptureReport& r = record.report;
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  JsonWriter json(out);
  json.begin_document("capture");
  json.member("path", record.path);
  json.member("taken_at", record.taken_at);
  json.member("host", std::string_view(host.data()));
  process_json(json, record.diagnosis);
  json.member("kind", kind_name(record.request.kind));
  json.member("method", method_name(record.request.method));
  json.member("collected_first", record.request.collect_first);
  json.member("redacted", record.redacted);
  json.member("bytes", r.bytes);
  json.member("stored_bytes", r.stored_bytes);
  json.member("seconds", r.seconds);
  json.member("pause_ms", r.pause_ms);
  json.member("stopped_ms", r.stopped_ms);
  json.member("waited_ms", r.waited_ms);
  json.member("copy_peak_bytes", r.copy_peak_bytes);
  // Ruby's addresses stay; each copy of a Node.js process numbers its objects anew.
  json.member("ids_comparable", record.diagnosis.runtime->kind == RuntimeKind::kRuby);
  json.member("warning", r.warning);
  json.end_document();
}

}  // namespace tidemark
