#include "preload/preload.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/private_folder.h"
#include "preload/embedded.h"

namespace tidemark {
namespace {

// "ruby/supervised.rb" -> "supervised-0123456789abcdef.rb"
std::string kept_name(std::string_view name, std::string_view content) {
  const std::string_view base = name.substr(name.rfind('/') + 1);
  const std::size_t dot = base.rfind('.');
  return fmt::format("{}-{:016x}{}", base.substr(0, dot), stable_hash(content), base.substr(dot));
}

}  // namespace

std::optional<std::string_view> preload_content(std::string_view name) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.name == name) return file.content;
  }
  return std::nullopt;
}

Result<std::string> preload_file(std::string_view name) {
  const auto content = preload_content(name);
  if (!content) {
    return fail(ErrorCode::kNotFound, fmt::format("no file {} in this program", name));
  }
  const std::string kept = kept_name(name, *content);
  // A full disk is no reason to give up while another place has room.
  Result<std::string> answer = fail(ErrorCode::kIo, "no folder for files of our own");
  for (bool first = true; const std::string& place : private_folder_places()) {
    const auto folder = open_private_folder(place);
    auto path = folder ? keep_file(*folder, kept, *content)
                       : Result<std::string>(std::unexpected(folder.error()));
    if (path) return path;
    if (first) answer = std::move(path);
    first = false;
  }
  return answer;
}

}  // namespace tidemark
