#include "report/watch_screen.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/safe_text.h"
#include "report/table.h"
#include "report/text_chart.h"
#include "report/verdict_text.h"
#include "report/wrap.h"
#include "series/clock_text.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostWidth = 80;

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string head(const WatchLook& look, const TextStyle& style) {
  std::string text = style.bold(shorten(safe_text(look.title), 40));
  if (!look.running) return text + ": " + style.yellow("not running, waiting for it") + "\n";
  if (look.bytes) {
    text += "  " + format_bytes(*look.bytes);
    if (look.quota > 0) {
      text += fmt::format(" of {} ({})", format_bytes(look.quota),
                          format_percent(*look.bytes, look.quota));
    }
  }
  const double pressure = look.pressure_percent.value_or(0);
  if (pressure >= 1) {
    text += style.red(fmt::format("  waits for memory {:.0f} % of the time", pressure));
  }
  return text + "\n";
}

std::string process_table(const WatchLook& look, std::size_t width, std::size_t rows,
                          const TextStyle& style) {
  Table table({name_column("PROCESS"), number_column("MEMORY"), number_column("UNIQUE"),
               number_column("RSS"), number_column("SWAP"), number_column("THREADS")});
  std::vector<const WatchedProcess*> order;
  for (const WatchedProcess& process : look.processes) order.push_back(&process);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->bytes > b->bytes; });
  const std::size_t shown =
      order.size() <= rows ? order.size() : std::max<std::size_t>(rows, 2) - 1;
  double rest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const WatchedProcess& process = *order[i];
    if (i >= shown) {
      rest += process.bytes;
      continue;
    }
    table.add_row(
        {process.name, format_bytes(process.bytes),
         process.unique ? format_bytes(*process.unique) : "-", format_bytes(process.resident),
         process.swap > 0 ? format_bytes(process.swap) : "-", format_count(process.threads)});
  }
  if (shown < order.size()) {
    table.add_row(
        {fmt::format("... and {} more", order.size() - shown), format_bytes(rest), "", "", "", ""});
  }
  return table.print(style, {.width = width});
}

// "objects 210 MB + heap not in use 90 MB + outside of it 212 MB"
std::string heap_line(const WatchLook& look, const TextStyle& style) {
  if (!look.heap || !look.bytes) return {};
  const WatchedHeap& heap = *look.heap;
  return style.dim(fmt::format("objects {} + garbage and room in the heap {} + outside of it {}",
                               format_bytes(heap.live),
                               format_bytes(std::max(0.0, heap.size - heap.live)),
                               format_bytes(std::max(0.0, *look.bytes - heap.size)))) +
         "\n";
}

std::string recent_events(const MemorySeries& series, const TextStyle& style) {
  std::string text;
  int shown = 0;
  const auto& events = series.events;
  for (auto event = events.rbegin(); event != events.rend() && shown < 2; ++event, ++shown) {
    const std::string detail = event->detail.empty() ? "" : " (" + event->detail + ")";
    text = fmt::format("{}{}{} {}{}", text, shown > 0 ? "   " : "", format_clock(event->time),
                       event_kind_name(event->kind), shorten(safe_text(detail), 20));
  }
  return text.empty() ? text : style.dim(text) + "\n";
}

}  // namespace

std::string watch_screen(const WatchLook& look, const JudgedSeries& so_far, const WatchSize& size,
                         const TextStyle& style) {
  const std::size_t width = std::clamp<std::size_t>(size.width, 40, kMostWidth);
  const std::size_t height = std::max<std::size_t>(size.height, 10) - 1;
  std::string top = head(look, style);
  std::string verdict = verdict_headline(so_far.verdict, style) + "\n";
  verdict += wrap(verdict_sentences(so_far.series, so_far.verdict),
                  {.width = width, .first = "  ", .hanging = "  "});
  const std::string events = heap_line(look, style) + recent_events(so_far.series, style);
  const std::size_t fixed = count_lines(top) + count_lines(verdict) + count_lines(events) + 2;
  const std::size_t left = height > fixed ? height - fixed : 0;
  // The processes get what they need, up to half of the rest; the chart the remainder.
  const std::size_t table_rows =
      std::min(look.processes.size(), std::max<std::size_t>(left / 2, 2) - 1);
  const std::size_t chart_rows = left > table_rows + 5 ? left - table_rows - 3 : 0;
  std::string out = std::move(top);
  if (chart_rows >= 2) {
    out += text_chart(so_far.series,
                      {.width = width, .height = std::min<std::size_t>(chart_rows, 16)}, style);
  }
  out += events + "\n";
  if (left >= 3) out += process_table(look, width, std::max<std::size_t>(table_rows, 1), style);
  out += "\n" + verdict;
  // Too small a terminal: the verdict comes last and must not be what is lost.
  while (count_lines(out) > height) out.erase(0, out.find('\n') + 1);
  return out;
}

std::string watch_line(const WatchLook& look) {
  std::string text =
      format_precise_time(look.time) + " " + shorten(safe_text(look.title), 40) + " ";
  if (!look.running) return text + "is not running\n";
  const double now = look.bytes.value_or(0);
  text += format_bytes(now);
  if (look.quota > 0) text += fmt::format(" ({} of quota)", format_percent(now, look.quota));
  if (!look.processes.empty()) {
    text += fmt::format(" in {}", plural(look.processes.size(), "process"));
  }
  if (look.heap) text += fmt::format(", objects {}", format_bytes(look.heap->live));
  return text + ", " + verdict_headline(look.verdict, look.confidence, {}) + "\n";
}

std::string watch_event_line(const WatchEvent& told) {
  const SeriesEvent& event = told.event;
  std::string text = fmt::format("{} {}: {}", format_precise_time(event.time),
                                 shorten(safe_text(told.title), 40), event_kind_name(event.kind));
  if (!event.detail.empty()) text += fmt::format(" ({})", shorten(safe_text(event.detail), 60));
  return text + "\n";
}

}  // namespace tidemark
