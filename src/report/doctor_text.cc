#include "report/doctor_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/process_text.h"
#include "report/safe_text.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

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

std::string checks_text(const std::vector<Check>& checks, const TextStyle& style) {
  std::string out;
  for (const Check& check : checks) {
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

// What an app has to load beforehand is of interest where it has, or where nothing else goes.
std::vector<MethodOutlook> methods_of_interest(const std::vector<MethodOutlook>& all) {
  bool possible = false;
  std::vector<MethodOutlook> shown;
  for (const MethodOutlook& outlook : all) {
    const bool loaded =
        outlook.method == CaptureMethod::kPreload || outlook.method == CaptureMethod::kRbtrace;
    if (!loaded || outlook.possible || !possible) shown.push_back(outlook);
    possible = possible || outlook.possible;
  }
  return shown;
}

std::string methods_text(const std::vector<MethodOutlook>& methods, const TextStyle& style) {
  Table table({text_column("METHOD"), text_column("POSSIBLE"), number_column("PAUSE"),
               number_column("MEMORY"), text_column("")});
  for (const MethodOutlook& outlook : methods) {
    table.add_row(
        {std::string(word_for(outlook.method)), possible_cell(outlook),
         format_milliseconds(outlook.cost.pause_low_ms, outlook.cost.pause_high_ms),
         format_bytes(static_cast<std::int64_t>(outlook.cost.memory_bytes)),
         outlook.cost.memory_stays ? "stays in the process" : "given back when it is done"});
  }
  std::string out = table.print(style, {.indent = 2});
  for (const MethodOutlook& outlook : methods) {
    if (outlook.possible && outlook.fits) continue;
    const std::string name = fmt::format("  {}: ", word_for(outlook.method));
    out += wrap(safe_text(outlook.obstacle), {.first = name, .hanging = "    "});
    out += wrap(safe_text(outlook.remedy), {.first = "    help: ", .hanging = "    "});
  }
  return out;
}

std::string next_step(const DoctorTargetAnswer& answer) {
  if (!answer.best_method) {
    return "\nNo method is possible as things stand; the help above says what would change that.\n";
  }
  const auto best = std::ranges::find(answer.methods, *answer.best_method, &MethodOutlook::method);
  const char* const what = best == answer.methods.end() || best->fits
                               ? ""
                               : " --dry-run shows the numbers; --force tries.";
  return fmt::format("\nNext: tidemark capture {}{}\n", answer.process.pid, what);
}

}  // namespace

std::string doctor_text(const DoctorAnswer& answer, const TextStyle& style) {
  if (answer.processes.empty()) {
    return "No Ruby or Node.js process runs here that this user may look at.\n";
  }
  return processes_table(answer.processes, 0, style) +
         fmt::format("\nNext: tidemark doctor {}\n", answer.processes.front().pid);
}

std::string doctor_text(const DoctorTargetAnswer& answer, const TextStyle& style) {
  std::string out;
  if (answer.candidates.size() > 1) {
    out = processes_table(answer.candidates, answer.process.pid, style) + "\n";
  }
  return out + process_head(answer.process, style) + "\n" + checks_text(answer.checks, style) +
         "\n" + methods_text(methods_of_interest(answer.methods), style) + next_step(answer);
}

}  // namespace tidemark
