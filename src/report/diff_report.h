// A comparison of heaps as text, JSON (schema tidemark.diff/1) and CSV.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/diff.h"
#include "analysis/grouping.h"
#include "report/style.h"
#include "report/text_sink.h"

namespace tidemark {

enum class DiffSort : std::uint8_t { kRetained, kBytes, kStayed, kGrowth };

struct DiffReportOptions {
  std::vector<std::string> names;  // of the dumps
  std::vector<double> hours;       // of each dump since the first; empty: not known
  std::string hours_from;          // where the times come from, in words
  DiffSort sort = DiffSort::kRetained;
  std::size_t limit = 20;  // rows in each list
  std::string filter;      // only groups whose label, class or type contains this
};

class DiffReport {
 public:
  DiffReport(const Diff& diff, const Grouping& grouping, DiffReportOptions options);

  [[nodiscard]] std::string text(const TextStyle& style) const;
  void json(TextSink& sink) const;
  void csv(TextSink& sink) const;

  // What all growing groups that are listed keep alive: to hold a limit against.
  [[nodiscard]] std::uint64_t growing_bytes() const;

 private:
  struct Row {
    const GroupChange* change;
    GroupKey key;
  };

  [[nodiscard]] std::vector<Row> rows(Trend trend) const;
  [[nodiscard]] std::uint64_t weight(const GroupChange& change) const;
  [[nodiscard]] std::string counts(const GroupChange& change) const;
  [[nodiscard]] std::string per_hour(const GroupChange& change) const;
  void headline(std::string& out, const TextStyle& style) const;
  void identity(std::string& out) const;
  void section(std::string& out, Trend trend, const TextStyle& style) const;
  [[nodiscard]] std::string next_step(const TextStyle& style) const;

  const Diff& diff_;
  const Grouping& grouping_;
  DiffReportOptions options_;
};

std::string_view trend_name(Trend trend);  // "grows", "bounded"...

}  // namespace tidemark
