#include "report/memory_frame.h"

#include <cmath>

#include "base/units.h"

namespace tidemark {
namespace {

constexpr Color kLine = {228, 231, 235};

}  // namespace

void MemoryFrame::draw_sizes(Picture& picture) const {
  for (int i = 0; i * scale.step <= scale.top * 1.0001; ++i) {
    const double level = i * scale.step;
    picture.line({{left, y(level)}, {right, y(level)}}, kLine, 1);
    picture.text({left - 8, y(level) + 4}, format_bytes(std::llround(level)), 12, kQuiet,
                 Anchor::kEnd);
  }
}

void MemoryFrame::draw_legend(Picture& picture, const std::vector<LegendEntry>& entries) const {
  double at = left;
  for (const LegendEntry& entry : entries) {
    picture.line({{at, height - 18}, {at + 18, height - 18}}, entry.color, 4);
    picture.text({at + 24, height - 14}, entry.words, 12, kQuiet);
    at += 46 + Picture::text_width(entry.words, 12);
  }
}

}  // namespace tidemark
