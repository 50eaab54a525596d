// The table that the build makes of the files of this room.
#pragma once

#include <span>
#include <string_view>

namespace tidemark {

struct EmbeddedFile {
  std::string_view name;  // "ruby/supervised.rb"
  std::string_view content;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace tidemark
