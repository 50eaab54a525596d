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

std::string head(const WatchState& state, const TextStyle& style) {
  std::string text = style.bold(shorten(safe_text(state.title), 40));
  if (state.away) return text + ": " + style.yellow("not running, waiting for it") + "\n";
  if (!state.total->samples.empty()) {
    text += "  " + format_bytes(state.total->samples.back().bytes);
    const double quota = state.total->quota;
    if (quota > 0) {
      text += fmt::format(" of {} ({})", format_bytes(quota),
                          format_percent(state.total->samples.back().bytes, quota));
    }
  }
  if (state.pressure >= 1) {
    text += style.red(fmt::format("  waits for memory {:.0f} % of the time", state.pressure));
  }
  return text + "\n";
}

std::string process_table(const WatchState& state, std::size_t width, std::size_t rows,
                          const TextStyle& style) {
  Table table({name_column("PROCESS"), number_column("MEMORY"), number_column("UNIQUE"),
               number_column("RSS"), number_column("SWAP"), number_column("THREADS")});
  std::vector<const WatchedProcess*> order;
  for (const WatchedProcess& process : state.processes) order.push_back(&process);
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
         process.unique > 0 ? format_bytes(process.unique) : "-", format_bytes(process.resident),
         process.swap > 0 ? format_bytes(process.swap) : "-", format_count(process.threads)});
  }
  if (shown < order.size()) {
    table.add_row(
        {fmt::format("... and {} more", order.size() - shown), format_bytes(rest), "", "", "", ""});
  }
  return table.print(style, {.width = width});
}

// "objects 210 MB + heap not in use 90 MB + outside of it 212 MB"
std::string heap_line(const WatchState& state, const TextStyle& style) {
  if (state.heap_live <= 0 || state.total->samples.empty()) return {};
  const double all = state.total->samples.back().bytes;
  return style.dim(fmt::format("objects {} + garbage and room in the heap {} + outside of it {}",
                               format_bytes(state.heap_live),
                               format_bytes(std::max(0.0, state.heap_size - state.heap_live)),
                               format_bytes(std::max(0.0, all - state.heap_size)))) +
         "\n";
}

std::string recent_events(const WatchState& state, const TextStyle& style) {
  std::string text;
  int shown = 0;
  const auto& events = state.total->events;
  for (auto event = events.rbegin(); event != events.rend() && shown < 2; ++event, ++shown) {
    const std::string detail = event->detail.empty() ? "" : " (" + event->detail + ")";
    text = fmt::format("{}{}{} {}{}", text, shown > 0 ? "   " : "", format_clock(event->time),
                       event_kind_name(event->kind), shorten(safe_text(detail), 20));
  }
  return text.empty() ? text : style.dim(text) + "\n";
}

}  // namespace

std::string watch_screen(const WatchState& state, const WatchSize& size, const TextStyle& style) {
  const std::size_t width = std::clamp<std::size_t>(size.width, 40, kMostWidth);
  const std::size_t height = std::max<std::size_t>(size.height, 10) - 1;
  std::string top = head(state, style);
  std::string verdict = verdict_headline(*state.verdict, style) + "\n";
  verdict += wrap(verdict_sentences(*state.total, *state.verdict),
                  {.width = width, .first = "  ", .hanging = "  "});
  const std::string events = heap_line(state, style) + recent_events(state, style);
  const std::size_t fixed = count_lines(top) + count_lines(verdict) + count_lines(events) + 2;
  const std::size_t left = height > fixed ? height - fixed : 0;
  // The processes get what they need, up to half of the rest; the chart the remainder.
  const std::size_t table_rows =
      std::min(state.processes.size(), std::max<std::size_t>(left / 2, 2) - 1);
  const std::size_t chart_rows = left > table_rows + 5 ? left - table_rows - 3 : 0;
  std::string out = std::move(top);
  if (chart_rows >= 2) {
    out += text_chart(*state.total,
                      {.width = width, .height = std::min<std::size_t>(chart_rows, 16)}, style);
  }
  out += events + "\n";
  if (left >= 3) out += process_table(state, width, std::max<std::size_t>(table_rows, 1), style);
  out += "\n" + verdict;
  // Too small a terminal: the verdict comes last and must not be what is lost.
  while (count_lines(out) > height) out.erase(0, out.find('\n') + 1);
  return out;
}

std::string watch_line(const WatchState& state) {
  std::string text =
      format_precise_time(state.now) + " " + shorten(safe_text(state.title), 40) + " ";
  if (state.away) return text + "is not running\n";
  const double now = state.total->samples.empty() ? 0 : state.total->samples.back().bytes;
  text += format_bytes(now);
  if (state.total->quota > 0) {
    text += fmt::format(" ({} of quota)", format_percent(now, state.total->quota));
  }
  if (!state.processes.empty()) {
    text += fmt::format(" in {}", plural(state.processes.size(), "process"));
  }
  if (state.heap_live > 0) text += fmt::format(", objects {}", format_bytes(state.heap_live));
  return text + ", " + verdict_headline(*state.verdict, {}) + "\n";
}

std::string watch_event_line(const std::string& title, const SeriesEvent& event) {
  std::string text = fmt::format("{} {}: {}", format_precise_time(event.time),
                                 shorten(safe_text(title), 40), event_kind_name(event.kind));
  if (!event.detail.empty()) text += fmt::format(" ({})", shorten(safe_text(event.detail), 60));
  return text + "\n";
}

}  // namespace tidemark
