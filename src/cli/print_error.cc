#include "cli/print_error.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/units.h"
#include "cli/exit_code.h"
#include "cli/terminal_monitor.h"
#include "report/safe_text.h"

namespace tidemark {
namespace {

void print(const std::string& text) {
  const ProgressPause erased;
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

std::string format_error(const Error& error, const TextStyle& style) {
  if (error.code == ErrorCode::kCancelled) {
    return style.bold("tidemark:") + " stopped before it was done; there is no answer\n";
  }
  std::string out = fmt::format("{} {} ", style.bold("tidemark:"), style.red("error:"));
  if (!error.file.empty()) {
    out += style.bold(error.file == "-" ? "standard input" : safe_text(error.file)) + ": ";
  }
  out += safe_text(error.message);
  if (error.offset) {
    out += fmt::format(" (at byte {})", format_count(static_cast<std::int64_t>(*error.offset)));
  }
  out += '\n';
  if (!error.hint.empty()) {
    out += fmt::format("  {} {}\n", style.cyan("help:"), safe_text(error.hint));
  }
  return out;
}

void print_error(const Error& error, ColorMode color) {
  print(format_error(error, TextStyle(color, STDERR_FILENO)));
}

void print_warning(std::string_view message, ColorMode color) {
  const TextStyle style(color, STDERR_FILENO);
  print(fmt::format("{} {} {}\n", style.bold("tidemark:"), style.yellow("warning:"),
                    safe_text(message)));
}

void print_notices(std::span<const Notice> notices, bool quiet, ColorMode color) {
  if (quiet) return;
  const TextStyle style(color, STDERR_FILENO);
  for (const Notice& notice : notices) {
    std::string out = fmt::format("{} {} ", style.bold("tidemark:"), style.yellow("warning:"));
    if (!notice.file.empty()) out += safe_text(notice.file) + ": ";
    out += safe_text(notice.message) + '\n';
    if (!notice.hint.empty()) {
      out += fmt::format("  {} {}\n", style.cyan("help:"), safe_text(notice.hint));
    }
    print(out);
  }
}

int exit_code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUsage:
      return kExitUsage;
    case ErrorCode::kCancelled:
      return kExitInterrupted;
    default:
      return kExitFailed;
  }
}

int give_up(const Error& error, ColorMode color) {
  print_error(error, color);
  return exit_code_of(error);
}

}  // namespace tidemark
