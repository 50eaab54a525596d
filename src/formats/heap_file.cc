#include "formats/heap_file.h"

#include <fmt/format.h>

#include "formats/recognise.h"
#include "formats/v8_snapshot/reader.h"

namespace tidemark {

Result<HeapFile> HeapFile::open(const std::string& path, const LoadOptions& options,
                                std::shared_ptr<Vocabulary> words, Monitor& monitor) {
  auto source = open_source(path, &monitor);
  if (!source) return std::unexpected(source.error());
  return read(**source, options, std::move(words), monitor);
}

Result<HeapFile> HeapFile::read(ByteSource& source, const LoadOptions& options,
                                std::shared_ptr<Vocabulary> words, Monitor& monitor) {
  constexpr std::size_t kHead = std::size_t{1} << 16;
  std::vector<char> head(kHead);
  auto got = source.read(head);
  if (!got) return std::unexpected(got.error());
  if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "stopped while reading");
  head.resize(*got);
  const Recognition what = recognise({head.data(), head.size()});
  if (what.format == Format::kV8Snapshot) {
    auto graph = v8::read_heap(source, std::move(head),
                               {.content = options.content,
                                .strict = options.strict,
                                .threads = options.threads,
                                .interfaces = options.interfaces},
                               std::move(words), monitor);
    if (!graph) {
      Error error = graph.error();
      if (error.file == "-") error.file = "standard input";
      return std::unexpected(std::move(error));
    }
    return HeapFile(std::move(*graph));
  }
  if (what.format != Format::kRubyDump) {
    const bool standard_input = source.info().name == "-";
    return std::unexpected(Error{
        .code = ErrorCode::kNotADump,
        .message = fmt::format("this is not a heap dump: it looks like {}", what.description),
        .file = standard_input ? "standard input" : source.info().name,
        .offset = {},
        .hint =
            "a Ruby heap dump is made by ObjectSpace.dump_all(output: File.open(...)), a V8 heap "
            "snapshot by v8.writeHeapSnapshot()"});
  }
  auto stream = ruby::Stream::read(source, std::move(head),
                                   {.references = options.references,
                                    .content = options.content || options.for_index,
                                    .duplicates = options.duplicates || options.for_index,
                                    .name_holders = options.name_holders,
                                    .every_line = options.every_line,
                                    .strict = options.strict,
                                    .threads = options.threads},
                                   std::move(words), monitor);
  if (!stream) return std::unexpected(stream.error());
  return HeapFile(std::move(*stream));
}

}  // namespace tidemark
