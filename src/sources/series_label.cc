#include "sources/series_label.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sources/csv_columns.h"

namespace tidemark {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

// key="value", key=value or key:value, separated by commas.
Labels labels_of(std::string_view text) {
  Labels out;
  while (!text.empty()) {
    const std::size_t mark = text.find_first_of("=:");
    if (mark == std::string_view::npos) break;
    const std::string key(csv_trim(text.substr(0, mark)));
    text.remove_prefix(mark + 1);
    std::string value;
    text = csv_trim(text);
    if (text.starts_with('"')) {
      std::size_t at = 1;
      while (at < text.size() && text[at] != '"') {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at++];
      }
      text.remove_prefix(std::min(at + 1, text.size()));
    } else {
      const std::size_t end = std::min(text.find(','), text.size());
      value = csv_trim(text.substr(0, end));
      text.remove_prefix(end);
    }
    const std::size_t comma = text.find(',');
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    out.emplace_back(key, value);
  }
  return out;
}

}  // namespace

std::string series_label(std::string_view text) {
  text = csv_trim(text);
  const std::size_t open = text.find('{');
  const std::size_t close = text.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::string(text);
  }
  const Labels labels = labels_of(text.substr(open + 1, close - open - 1));
  static constexpr std::array<std::string_view, 9> kTelling = {
      "pod", "dyno", "instance", "host", "hostname", "name", "container", "id", "pid"};
  std::string name;
  for (const std::string_view key : kTelling) {
    for (const auto& [label, value] : labels) {
      if (label != key || value.empty()) continue;
      if (name.empty()) {
        name = value;
      } else if (key == "container" || key == "pid") {
        name += "/" + value;
      }
    }
  }
  if (!name.empty()) return name;
  for (const auto& [label, value] : labels) {
    if (label == "__name__" || value.empty()) continue;
    name += (name.empty() ? "" : ",") + value;
  }
  return name.empty() ? std::string(text) : name;
}

}  // namespace tidemark
