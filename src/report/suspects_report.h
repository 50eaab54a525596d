// Suspects as sentences, and as JSON (schema tidemark.suspects/1).
#pragma once

#include <string>
#include <vector>

#include "analysis/dominators.h"
#include "analysis/suspects.h"
#include "heap/graph.h"
#include "report/style.h"
#include "report/text_sink.h"

namespace tidemark {

struct SuspectsReportOptions {
  std::vector<std::string> names;  // of the dumps, in order
  std::vector<double> hours;       // of each dump since the first; empty: not known
  std::size_t limit = 5;
  bool source_lines = true;  // show the line of code where the file is at hand
};

class SuspectsReport {
 public:
  SuspectsReport(const SuspectReport& found, const HeapGraph& graph, const Dominators& dominators,
                 SuspectsReportOptions options);

  [[nodiscard]] std::string text(const TextStyle& style) const;
  void json(TextSink& sink) const;

 private:
  [[nodiscard]] std::string headline(const TextStyle& style) const;
  [[nodiscard]] std::string title(const Suspect& suspect) const;
  [[nodiscard]] std::string evidence(const Suspect& suspect) const;
  [[nodiscard]] std::string holding(const Suspect& suspect) const;
  [[nodiscard]] std::string fix(const Suspect& suspect) const;
  [[nodiscard]] std::vector<std::uint32_t> bulk_of(const Suspect& suspect) const;
  [[nodiscard]] std::string content(const Suspect& suspect, const std::vector<std::uint32_t>& path,
                                    const TextStyle& style) const;
  [[nodiscard]] std::string places(const Suspect& suspect, const TextStyle& style) const;
  [[nodiscard]] std::string level_list(const std::vector<Suspect>& list, std::string_view heading,
                                       const TextStyle& style) const;
  [[nodiscard]] std::string member_name(const Suspect& suspect) const;
  [[nodiscard]] std::string holder_name(const Suspect& suspect) const;
  [[nodiscard]] std::string counts(const Suspect& suspect) const;
  [[nodiscard]] std::string share(std::uint64_t bytes) const;

  const SuspectReport& found_;
  const HeapGraph& graph_;
  const Dominators& dominators_;
  SuspectsReportOptions options_;
};

}  // namespace tidemark
