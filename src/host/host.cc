#include "host/host.h"

#include <algorithm>

#include "base/numbers.h"

namespace tidemark {

std::vector<pid_t> Host::processes() const { return numbered_entries(*this, "/proc"); }

double Host::uptime_seconds() const {
  const auto text = read_file("/proc/uptime");
  return text ? leading_number<double>(*text).value_or(0) : 0;
}

std::vector<pid_t> numbered_entries(const Host& host, const std::string& folder) {
  std::vector<pid_t> numbers;
  const auto names = host.list_folder(folder);
  if (!names) return numbers;
  for (const std::string& name : *names) {
    const auto number = parse_number<pid_t>(name);
    if (number && *number > 0) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace tidemark
