#include "base/remote_bytes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace tidemark {
namespace {

struct Schemes {
  std::shared_mutex mutex;
  std::vector<RemoteScheme> list;
};

Schemes& schemes() {
  static Schemes all;
  return all;
}

}  // namespace

void add_remote_scheme(RemoteScheme scheme) {
  assert(scheme.opener != nullptr && scheme_of(scheme.prefix) == scheme.prefix);
  Schemes& all = schemes();
  const std::unique_lock lock(all.mutex);
  assert(std::ranges::find(all.list, scheme.prefix, &RemoteScheme::prefix) == all.list.end());
  all.list.push_back(std::move(scheme));
}

std::vector<std::string> remote_forms() {
  Schemes& all = schemes();
  const std::shared_lock lock(all.mutex);
  std::vector<std::string> forms;
  for (const RemoteScheme& scheme : all.list) forms.push_back(scheme.form);
  return forms;
}

RemoteOpener opener_of(std::string_view path) {
  Schemes& all = schemes();
  const std::shared_lock lock(all.mutex);
  const auto own = std::ranges::find_if(
      all.list, [&](const RemoteScheme& scheme) { return path.starts_with(scheme.prefix); });
  return own == all.list.end() ? nullptr : own->opener;
}

std::string_view scheme_of(std::string_view path) {
  constexpr std::string_view kEnd = "://";
  const std::size_t length = path.find(kEnd);
  if (length == std::string_view::npos || length == 0) return {};
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto inner = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  if (!letter(path.front()) || !std::ranges::all_of(path.substr(0, length), inner)) return {};
  return path.substr(0, length + kEnd.size());
}

Error unknown_scheme(const std::string& path) {
  std::vector<std::string> forms = {"a file", "- (standard input)"};
  std::ranges::copy(remote_forms(), std::back_inserter(forms));
  return {.code = ErrorCode::kUnsupported,
          .message = fmt::format("there is no file of this name, and {} is no address that can be "
                                 "read from",
                                 scheme_of(path)),
          .file = path,
          .offset = {},
          .hint = fmt::format("what can be read: {}; anything else by a pipe into standard input",
                              fmt::join(forms, "; "))};
}

}  // namespace tidemark
