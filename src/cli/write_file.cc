#include "cli/write_file.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "cli/series_options.h"
#include "report/picture.h"

namespace tidemark {

Result<void> save_file(const std::string& path, std::string_view content) {
  const auto closer = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(closer)> file(std::fopen(path.c_str(), "wb"), closer);
  if (file == nullptr ||
      std::fwrite(content.data(), 1, content.size(), file.get()) != content.size() ||
      std::fflush(file.get()) != 0) {
    return std::unexpected(Error{.code = ErrorCode::kIo,
                                 .message = fmt::format("cannot write: {}", errno_text()),
                                 .file = path,
                                 .offset = {},
                                 .hint = {}});
  }
  return {};
}

Result<void> write_picture(const Picture& picture, const std::string& svg, const std::string& png) {
  if (!svg.empty()) {
    if (auto written = save_file(svg, picture.svg()); !written) return written;
  }
  if (!png.empty()) return save_file(png, picture.png());
  return {};
}

}  // namespace tidemark
