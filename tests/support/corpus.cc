#include "support/corpus.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "support/places.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

fs::path corpus() { return in_source("../shared/corpus/ruby"); }

}  // namespace

std::string corpus_file(std::string_view name) {
  std::error_code ignored;
  const fs::path path = corpus() / name;
  return fs::is_regular_file(path, ignored) ? path.lexically_normal().string() : std::string();
}

std::string node_corpus_file(std::string_view name) {
  std::error_code ignored;
  const fs::path path = fs::path(in_source("../shared/corpus/node")) / name;
  return fs::exists(path, ignored) ? path.lexically_normal().string() : std::string();
}

std::vector<std::string> corpus_files(std::string_view folder) {
  std::error_code ignored;
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(corpus() / folder, ignored)) {
    if (entry.is_regular_file(ignored) && entry.path().extension() == ".zst") {
      files.push_back(entry.path().lexically_normal().string());
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace tidemark
