// Reads the input as a Heroku log, as a CSV of memory and as whatever else it looks like. Whatever
// it holds, the series must be in order and finite, and the verdict on them must come back.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "sources/csv_series.h"
#include "sources/heroku_log.h"
#include "sources/series_input.h"
#include "verdict/verdict.h"

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz_series_text: broken: %s\n", what);
  std::abort();
}

void check(const tidemark::SeriesSet& set) {
  int judged = 0;
  for (const tidemark::MemorySeries& series : set.series) {
    for (std::size_t i = 0; i < series.samples.size(); ++i) {
      require(std::isfinite(series.samples[i].time), "a time that is none");
      require(std::isfinite(series.samples[i].bytes), "a size that is none");
      require(i == 0 || series.samples[i - 1].time < series.samples[i].time, "samples in disorder");
    }
    if (++judged > 4) continue;
    const tidemark::Verdict verdict = tidemark::judge(series);
    require(verdict.confidence >= 0 && verdict.confidence <= 1, "a confidence that is none");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tidemark::HerokuLog log(1.79e9);
  log.add(text);
  check(log.series());
  tidemark::looks_like_heroku_log(text);
  tidemark::looks_like_csv(text);
  if (const auto set = tidemark::read_csv_series(text)) check(*set);
  // Whatever it looks like: JSON, a table, lines that a tool printed.
  if (const auto set = tidemark::read_text_series(text, {}, 1.79e9)) check(*set);
  return 0;
}
