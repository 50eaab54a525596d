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

std::string file_text(const std::string& file) {
  return file == "-" ? "standard input" : safe_text(file);
}

std::string offset_text(const std::optional<std::uint64_t>& offset) {
  if (!offset) return {};
  return fmt::format(" (at byte {})", format_count(static_cast<std::int64_t>(*offset)));
}

std::string hint_text(const std::string& hint, const TextStyle& style) {
  if (hint.empty()) return {};
  return fmt::format("  {} {}\n", style.cyan("help:"), safe_text(hint));
}

}  // namespace

std::string format_error(const Error& error, const TextStyle& style) {
  if (error.code == ErrorCode::kCancelled) {
    return style.bold("tidemark:") + " stopped before it was done; there is no answer\n";
  }
  std::string out = fmt::format("{} {} ", style.bold("tidemark:"), style.red("error:"));
  if (!error.file.empty()) out += style.bold(file_text(error.file)) + ": ";
  out += safe_text(error.message) + offset_text(error.offset) + "\n";
  return out + hint_text(error.hint, style);
}

void print_error(const Error& error, ColorMode color) {
  print(format_error(error, TextStyle(color, STDERR_FILENO)));
}

void print_warning(std::string_view message, ColorMode color) {
  const TextStyle style(color, STDERR_FILENO);
  print(fmt::format("{} {} {}\n", style.bold("tidemark:"), style.yellow("warning:"),
                    safe_text(message)));
}

void print_notice(const Notice& notice, ColorMode color) {
  const TextStyle style(color, STDERR_FILENO);
  std::string out = fmt::format("{} {} ", style.bold("tidemark:"), style.yellow("warning:"));
  if (!notice.file.empty()) out += style.bold(file_text(notice.file)) + ": ";
  out += safe_text(notice.message) + "\n";
  print(out + hint_text(notice.hint, style));
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
