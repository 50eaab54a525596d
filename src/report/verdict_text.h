// A verdict in sentences.
#pragma once

#include <string>
#include <vector>

#include "answers/series/verdict.h"
#include "report/style.h"

namespace tidemark {

// "leak, 97 % sure"
std::string verdict_headline(const Verdict& verdict, const TextStyle& style);
std::string verdict_headline(VerdictKind kind, double confidence, const TextStyle& style);

// What it is and what follows from it, in a few sentences without line breaks.
std::string verdict_sentences(const MemorySeries& series, const Verdict& verdict);

// The headline, the sentences, a chart and the evidence of one series.
std::string verdict_report(const JudgedSeries& judged, const TextStyle& style);

// One line for each of many series, as a table; the worst first.
std::string verdict_table(const std::vector<JudgedSeries>& judged, const TextStyle& style);

// The whole of it: a report of each series, or of many a table and the report of the worst, and the
// command worth running next, with a word why.
std::string verdict_text(const VerdictAnswer& answer, const TextStyle& style);

}  // namespace tidemark
