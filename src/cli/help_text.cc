#include "cli/help_text.h"

#include "report/safe_text.h"
#include "report/wrap.h"

namespace tidemark {

std::string help_section(std::string_view heading, const std::vector<HelpEntry>& entries,
                         std::size_t meaning_at, const TextStyle& style) {
  std::string out = style.bold(heading) + "\n";
  const std::string margin(meaning_at, ' ');
  for (const HelpEntry& entry : entries) {
    std::string name = "  " + entry.name;
    const std::size_t width = display_width(name);
    if (width + 2 > meaning_at) {
      out += name + "\n";
      name = margin;
    } else {
      name.append(meaning_at - width, ' ');
    }
    out += wrap(entry.meaning, {.first = name, .hanging = margin});
  }
  return out;
}

std::string exit_code_help(const TextStyle& style) {
  return style.bold("Exit codes:") +
         " 0 done, 1 failed, 2 wrong usage, 3 done and found something (a leak, growth)\n";
}

}  // namespace tidemark
