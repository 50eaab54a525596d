#include "formats/heap_file.h"

#include <string_view>
#include <vector>

#include "formats/registry.h"

namespace tidemark {
namespace {

Error named(Error error, const SourceInfo& source) {
  if (error.file.empty()) error.file = source.name;
  if (error.file == "-") error.file = "standard input";
  return error;
}

}  // namespace

Result<HeapFile> HeapFile::open(const std::string& path, const LoadOptions& options,
                                std::shared_ptr<Vocabulary> words, Monitor& monitor) {
  auto source = open_source(path, &monitor);
  if (!source) return std::unexpected(source.error());
  return read(**source, options, std::move(words), monitor);
}

Result<HeapFile> HeapFile::read(ByteSource& source, const LoadOptions& options,
                                std::shared_ptr<Vocabulary> words, Monitor& monitor) {
  constexpr std::size_t kHead = std::size_t{1} << 16;  // as Format::recognise() says
  std::vector<char> head(kHead);
  auto got = source.read(head);
  if (!got) return std::unexpected(named(got.error(), source.info()));
  if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "stopped while reading");
  head.resize(*got);
  const std::string_view beginning(head.data(), head.size());
  const Format* const format = recognise(beginning);
  if (format == nullptr || format->open == nullptr) {
    return std::unexpected(named(not_a_heap(format, beginning), source.info()));
  }
  auto reader = format->open(source, std::move(head), options, std::move(words), monitor);
  if (!reader) return std::unexpected(named(reader.error(), source.info()));
  return HeapFile(*format, std::move(*reader));
}

}  // namespace tidemark
