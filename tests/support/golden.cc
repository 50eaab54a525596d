#include "support/golden.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "support/places.h"

namespace tidemark {

std::string golden_difference(const std::string& name, std::string_view text) {
  const std::string path = in_source("tests/golden/" + name);
  if (std::getenv("TIDEMARK_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return {};
  }
  std::ifstream file(path);
  std::istringstream now{std::string(text)};
  std::string kept_line;
  std::string line;
  for (int number = 1;; ++number) {
    const bool kept = static_cast<bool>(std::getline(file, kept_line));
    const bool made = static_cast<bool>(std::getline(now, line));
    if (!kept && !made) return {};
    if (kept != made || kept_line != line) {
      return path + ":" + std::to_string(number) + ": '" + (kept ? kept_line : "(no more)") +
             "' is now '" + (made ? line : "(no more)") +
             "'; TIDEMARK_UPDATE_GOLDEN=1 takes all as they are";
    }
  }
}

}  // namespace tidemark
