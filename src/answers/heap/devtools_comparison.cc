#include "answers/heap/devtools_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "analysis/diff.h"
#include "formats/heap_file.h"

namespace tidemark {
namespace {

// `interfaces`: plain objects of both are called by the properties that are frequent in the later.
Result<HeapGraph> load(const std::string& path, const std::vector<Interface>* interfaces,
                       const ReadOptions& read, const std::shared_ptr<Vocabulary>& words,
                       Monitor& monitor) {
  auto file = HeapFile::open(
      path,
      {.content = true, .strict = read.strict, .threads = read.threads, .interfaces = interfaces},
      words, monitor);
  if (!file) return std::unexpected(file.error());
  auto graph = file->take(file->size() - 1, monitor);
  if (graph && !graph->numbered) {
    return std::unexpected(Error{.code = ErrorCode::kUnsupported,
                                 .message = "this comparison is one of V8 heap snapshots",
                                 .file = path,
                                 .offset = {},
                                 .hint = "`tidemark diff` without --compat compares Ruby's dumps"});
  }
  return graph;
}

bool before(const GroupChange* a, const GroupChange* b) {
  if (a->born_last_bytes != b->born_last_bytes) return a->born_last_bytes > b->born_last_bytes;
  if (a->died_last_bytes != b->died_last_bytes) return a->died_last_bytes > b->died_last_bytes;
  return a->group < b->group;
}

DevtoolsComparisonAnswer answer_of(const Diff& diff, const Grouping& classes) {
  std::vector<const GroupChange*> rows;
  for (const GroupChange& change : diff.groups) {
    if (change.born_last > 0 || change.died_last > 0) rows.push_back(&change);
  }
  std::ranges::sort(rows, before);
  DevtoolsComparisonAnswer found;
  for (const GroupChange* row : rows) {
    found.constructors.push_back({.constructor = classes.key(row->group).class_name,
                                  .new_objects = row->born_last,
                                  .deleted_objects = row->died_last,
                                  .new_bytes = row->born_last_bytes,
                                  .deleted_bytes = row->died_last_bytes});
  }
  if (!diff.comparable) {
    found.notices.push_back(
        {.code = "different_sessions",
         .message = "the snapshots are of different sessions or processes: their ids mean "
                    "different objects, and DevTools' comparison nothing",
         .file = {},
         .offset = {},
         .hint = {}});
  }
  return found;
}

}  // namespace

Result<DevtoolsComparisonAnswer> answer(const DevtoolsComparisonRequest& request,
                                        Monitor& monitor) {
  if (request.dumps.size() != 2) {
    return fail(ErrorCode::kUsage,
                fmt::format("DevTools compares two snapshots, not {}", request.dumps.size()));
  }
  const auto words = std::make_shared<Vocabulary>();
  Grouping classes(*words, Dimension::kClass);
  HeapComparison heaps(classes);
  const auto main = load(request.dumps.back(), nullptr, request.read, words, monitor);
  if (!main) return std::unexpected(main.error());
  const auto base = load(request.dumps.front(), &main->interfaces, request.read, words, monitor);
  if (!base) return std::unexpected(base.error());
  heaps.add(*base);
  heaps.add(*main);
  return answer_of(heaps.finish(*main), classes);
}

void describe(Fields& fields, const ComparedConstructor& row) {
  fields.record("ComparedConstructor", "A row of DevTools' Comparison view.");
  fields("constructor", row.constructor, "as DevTools calls it");
  fields("new_objects", row.new_objects, "# New");
  fields("deleted_objects", row.deleted_objects, "# Deleted");
  fields("new_bytes", row.new_bytes, "Alloc. Size");
  fields("deleted_bytes", row.deleted_bytes, "Freed Size");
}

void describe(Fields& fields, const DevtoolsComparisonAnswer& answer) {
  fields.document("devtools_comparison", 2,
                  "The Comparison view of Chrome DevTools for two V8 heap snapshots.",
                  answer.notices);
  fields.rows("constructors", answer.constructors, "with any change, most new bytes first");
}

}  // namespace tidemark
