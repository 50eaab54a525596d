#include "cli/messages.h"

#include <fmt/format.h>

#include "cli/print_error.h"
#include "report/json_document.h"

namespace tidemark {

int Messages::give_up(const Error& error) const {
  if (json) {
    write_json(out, ErrorAnswer{error});
  } else {
    print_error(error, color);
  }
  return exit_code_of(error);
}

void Messages::notices(std::span<const Notice> notices) const {
  if (json || quiet) return;
  for (const Notice& notice : notices) print_notice(notice, color);
}

bool asks_for_json(const std::vector<std::string>& arguments) {
  bool json = false;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    if (arguments[i] == "--format" && i + 1 < arguments.size()) json = arguments[i + 1] == "json";
    if (arguments[i].starts_with("--format=")) json = arguments[i] == "--format=json";
  }
  return json;
}

}  // namespace tidemark
