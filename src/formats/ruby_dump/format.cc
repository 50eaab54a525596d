#include "formats/ruby_dump/format.h"

#include <utility>

#include "formats/ruby_dump/reader.h"

namespace tidemark::ruby {
namespace {

// The dumps of a stream are made into graphs one by one.
class Dumps final : public DumpReader {
 public:
  explicit Dumps(Stream stream) : stream_(std::move(stream)) {}
  [[nodiscard]] std::size_t size() const override { return stream_.size(); }
  Result<HeapGraph> take(std::size_t index, Monitor& monitor) override {
    auto graph = stream_.take(index, monitor);
    if (!graph || graph->node_count() > graph->first_object) return graph;
    const ReadReport& report = graph->report;
    if (report.damaged_lines == 0 || report.damaged_lines < report.lines) return graph;
    return std::unexpected(
        Error{.code = ErrorCode::kDamaged,
              .message = "nothing of a heap could be read: " + report.first_damage,
              .file = {},
              .offset = report.first_damaged_offset,
              .hint = {}});
  }

 private:
  Stream stream_;
};

Result<std::unique_ptr<DumpReader>> open(ByteSource& source, std::vector<char> head,
                                         const LoadOptions& options,
                                         std::shared_ptr<Vocabulary> words, Monitor& monitor) {
  auto stream = Stream::read(source, std::move(head),
                             {.references = options.references,
                              .content = options.content || options.for_index,
                              .duplicates = options.duplicates || options.for_index,
                              .name_holders = options.name_holders,
                              .every_line = options.every_line,
                              .strict = options.strict,
                              .threads = options.threads},
                             std::move(words), monitor);
  if (!stream) return std::unexpected(stream.error());
  return std::make_unique<Dumps>(std::move(*stream));
}

}  // namespace

constinit const Format kDumpFormat{.name = "ruby-dump",
                                   .title = "a Ruby heap dump",
                                   .recognise = looks_like_dump,
                                   .open = open,
                                   .hint = "ObjectSpace.dump_all(output: File.open(...))"};

}  // namespace tidemark::ruby
