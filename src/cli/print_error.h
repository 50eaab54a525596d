// Messages on standard error, in the manner of a good compiler:
//
//   tidemark: error: heap.json: unexpected end of line (at byte 1,234,567)
//     help: the dump was cut short; take it again, or read what is there without --strict
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/notice.h"
#include "base/result.h"
#include "report/style.h"

namespace tidemark {

// The message as text, newline included. Names in it are made safe for a terminal.
std::string format_error(const Error& error, const TextStyle& style);

void print_error(const Error& error, ColorMode color = ColorMode::kAuto);
void print_notice(const Notice& notice, ColorMode color = ColorMode::kAuto);
// For what the user should know although the answer is sound.
void print_warning(std::string_view message, ColorMode color = ColorMode::kAuto);

// kExitUsage, kExitInterrupted or kExitFailed, by the error's code.
int exit_code_of(const Error& error);

// Prints the error and returns its exit code: `return give_up(result.error(), common.color);`
int give_up(const Error& error, ColorMode color = ColorMode::kAuto);

}  // namespace tidemark
