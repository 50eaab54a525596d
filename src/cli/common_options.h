// The options that every command shares, under the same names and with the same meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "answers/read_options.h"
#include "cli/options.h"
#include "cli/terminal_monitor.h"
#include "report/style.h"

namespace tidemark {

enum class OutputFormat : std::uint8_t { kText, kJson, kCsv };

struct CommonOptions {
  OutputFormat format = OutputFormat::kText;
  ColorMode color = ColorMode::kAuto;
  std::size_t limit = 0;  // rows in each list; kNoLimit when the user asks for 0
  ReadOptions read;
  bool quiet = false;  // no progress, no warnings
  ProgressMode progress = ProgressMode::kAuto;

  static constexpr std::size_t kNoLimit = SIZE_MAX;

  // How to write on standard output: never coloured in JSON and CSV.
  [[nodiscard]] TextStyle style() const;
};

// What differs between commands.
struct CommonChoices {
  std::vector<OutputFormat> formats = {OutputFormat::kText, OutputFormat::kJson};
  std::size_t default_limit = 0;  // 0: the command has no lists and no --limit
  bool reads_dumps = true;        // --no-index, --strict, --threads
};

// --color alone, for commands with formats of their own.
void add_color_option(Options& app, ColorMode& color);

// `options` must outlive the parsing.
void add_common_options(Options& app, CommonOptions& options, const CommonChoices& choices = {});

}  // namespace tidemark
