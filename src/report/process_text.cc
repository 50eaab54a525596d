#include "report/process_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "report/safe_text.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

std::string bytes(std::uint64_t count) { return format_bytes(static_cast<std::int64_t>(count)); }

const char* name_of(RuntimeKind runtime) {
  return runtime == RuntimeKind::kRuby ? "Ruby" : "Node.js";
}

std::string age(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole < 120) return fmt::format("{} s", whole);
  if (whole < 7200) return fmt::format("{} min", whole / 60);
  if (whole < 172'800) return fmt::format("{} h", whole / 3600);
  return fmt::format("{} days", whole / 86'400);
}

}  // namespace

std::string process_head(const RuntimeProcess& process, const TextStyle& style) {
  const std::string runtime =
      name_of(process.runtime) + (process.version ? " " + *process.version : std::string());
  std::string out = style.bold(runtime) + fmt::format(", process {}", process.pid);
  out += fmt::format(", RSS {}, {}, up {}\n", bytes(process.resident_bytes),
                     plural(process.threads.value_or(0), "thread"), age(process.uptime_seconds));
  return out + "  " + style.dim(shorten(safe_text(process.command), kTextWidth - 2)) + "\n";
}

std::string processes_table(const std::vector<RuntimeProcess>& processes, pid_t chosen,
                            const TextStyle& style) {
  Table table({text_column(""), number_column("PID"), number_column("RSS"), number_column("UP"),
               text_column("RUNTIME"), name_column("COMMAND")});
  for (const RuntimeProcess& one : processes) {
    table.add_row({one.pid == chosen ? "*" : "", fmt::format("{}", one.pid),
                   bytes(one.resident_bytes), age(one.uptime_seconds), name_of(one.runtime),
                   one.command});
  }
  return table.print(style);
}

std::string format_milliseconds(double milliseconds) {
  if (milliseconds < 1) return fmt::format("{:.2f} ms", milliseconds);
  if (milliseconds < 10) return fmt::format("{:.1f} ms", milliseconds);
  if (milliseconds < 1000) return fmt::format("{:.0f} ms", milliseconds);
  return fmt::format("{:.1f} s", milliseconds / 1000);
}

std::string format_milliseconds(double low, double high) {
  if (high < 1000)
    return fmt::format("{:.0f}-{:.0f} ms", std::max(1.0, std::floor(low)), std::ceil(high));
  return fmt::format("{:.1f}-{:.1f} s", low / 1000, high / 1000);
}

}  // namespace tidemark
