#include "formats/v8_snapshot/format.h"

#include <utility>

#include "formats/v8_snapshot/reader.h"

namespace tidemark::v8 {
namespace {

class OneSnapshot final : public DumpReader {
 public:
  explicit OneSnapshot(HeapGraph graph) : graph_(std::move(graph)) {}
  [[nodiscard]] std::size_t size() const override { return 1; }
  Result<HeapGraph> take(std::size_t /*index*/, Monitor& /*monitor*/) override {
    return std::move(graph_);
  }

 private:
  HeapGraph graph_;
};

Result<std::unique_ptr<DumpReader>> open(ByteSource& source, std::vector<char> head,
                                         const LoadOptions& options,
                                         std::shared_ptr<Vocabulary> words, Monitor& monitor) {
  auto graph = read_heap(source, std::move(head),
                         {.content = options.content,
                          .strict = options.strict,
                          .threads = options.threads,
                          .interfaces = options.interfaces},
                         std::move(words), monitor);
  if (!graph) return std::unexpected(graph.error());
  return std::make_unique<OneSnapshot>(std::move(*graph));
}

}  // namespace

constinit const Format kSnapshotFormat{.name = "v8-snapshot",
                                       .title = "a V8 heap snapshot",
                                       .recognise = looks_like_snapshot,
                                       .open = open,
                                       .hint = "v8.writeHeapSnapshot()"};

}  // namespace tidemark::v8
