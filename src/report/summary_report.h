// What is in one heap, as text, JSON (schema tidemark.summary/1) and CSV.
//
// The text is either an overview that fits a screen, or one full table (`by`). JSON has everything,
// with at most `limit` rows a list. Every table ends with the sum of what it does not list.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/dominators.h"
#include "analysis/summary.h"
#include "heap/graph.h"
#include "report/json_writer.h"
#include "report/style.h"
#include "report/text_sink.h"

namespace tidemark {

struct SummaryReportOptions {
  std::string name{};                  // of the dump
  std::string path{};                  // how the next command finds it; empty: not at all
  std::optional<Dimension> by{};       // one table instead of the overview
  std::optional<SummarySort> sort{};   // none: retained where it is known, else bytes
  std::optional<std::size_t> limit{};  // rows a list; none: what suits it
  std::string filter{};                // only groups whose label, class or type contains this
  bool contents = true;                // previews of strings
  bool data_only = false;              // full tables and JSON leave the program out
};

class SummaryReport {
 public:
  // All must outlive the report. `dominators` may be null, as for summarise().
  SummaryReport(const HeapGraph& graph, const Dominators* dominators, const Summary& summary,
                SummaryReportOptions options);

  [[nodiscard]] std::string text(const TextStyle& style) const;
  void json(TextSink& sink) const;
  // Needs `by`.
  void csv(TextSink& sink) const;

 private:
  static constexpr std::size_t kTableRows = 20;

  [[nodiscard]] SummarySort sort() const;
  [[nodiscard]] std::size_t limit(std::size_t usual) const {
    return options_.limit.value_or(usual);
  }
  [[nodiscard]] TopRows top(Dimension dimension, HeapPart part, std::size_t limit) const;
  // What a full table is about.
  [[nodiscard]] HeapPart part() const {
    return options_.data_only ? HeapPart::kData : HeapPart::kAll;
  }
  // The nearest dominator that says something to a person; the root: no single one.
  [[nodiscard]] std::uint32_t holder_of(std::uint32_t node) const;

  // summary_report.cc: one table.
  [[nodiscard]] std::string table_headline(std::string_view rest, const TextStyle& style) const;
  [[nodiscard]] std::string group_table(Dimension dimension, const TextStyle& style) const;
  [[nodiscard]] std::string age_table(const TextStyle& style) const;
  void group_csv(TextSink& sink) const;
  void age_csv(TextSink& sink) const;

  // summary_overview.cc: the first screen.
  [[nodiscard]] std::string overview(const TextStyle& style) const;
  [[nodiscard]] std::string headline(const TextStyle& style) const;
  [[nodiscard]] std::string classes(const TextStyle& style) const;
  [[nodiscard]] std::string sites(const TextStyle& style) const;
  [[nodiscard]] std::string types_and_packages(const TextStyle& style) const;
  [[nodiscard]] std::string small_table(Dimension dimension, HeapPart part, std::size_t width,
                                        const TextStyle& style) const;
  [[nodiscard]] std::string ages(const TextStyle& style) const;
  [[nodiscard]] std::string garbage(const TextStyle& style) const;
  [[nodiscard]] std::string duplicates(const TextStyle& style) const;
  [[nodiscard]] std::string collections(const TextStyle& style) const;
  [[nodiscard]] std::string largest(const TextStyle& style) const;
  [[nodiscard]] std::string next_step(const TextStyle& style) const;

  // summary_json.cc
  void json_totals(JsonWriter& json) const;
  void json_groups(JsonWriter& json, Dimension dimension) const;
  void json_ages(JsonWriter& json) const;
  void json_garbage(JsonWriter& json) const;
  void json_duplicates(JsonWriter& json) const;
  void json_collections(JsonWriter& json) const;
  void json_largest(JsonWriter& json) const;

  const HeapGraph& graph_;
  const Dominators* dominators_;
  const Summary& summary_;
  SummaryReportOptions options_;
};

}  // namespace tidemark
