#include "answers/heap/three_dump_method.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "analysis/three_dumps.h"
#include "answers/heap/each_heap.h"

namespace tidemark {
namespace {

LeakedObjects leaked_objects(LeakedGroup&& group) {
  LeakedObjects leaked{.objects = group.count,
                       .type = std::move(group.type),
                       .content_bytes = group.content_bytes,
                       .bytes = group.bytes,
                       .file = {},
                       .line = {}};
  if (!group.file.empty()) leaked.file = std::move(group.file);
  if (group.line != 0) leaked.line = group.line;
  return leaked;
}

}  // namespace

Result<ThreeDumpAnswer> answer(const ThreeDumpRequest& request, Monitor& monitor) {
  ThreeDumpAnswer found;
  std::vector<Addresses> addresses;
  HeapGraph second;
  const auto read = for_each_heap(
      request.dumps, std::make_shared<Vocabulary>(), monitor,
      [&](bool) {
        return LoadOptions{.references = false,
                           .name_holders = false,
                           .every_line = true,
                           .strict = request.read.strict,
                           .threads = request.read.threads};
      },
      [&](NamedHeap&& heap, bool) -> Result<void> {
        std::ranges::move(heap.notices, std::back_inserter(found.notices));
        addresses.push_back(heap.graph.addresses);
        if (addresses.size() == 2) second = std::move(heap.graph);
        return {};
      });
  if (!read) return std::unexpected(read.error());
  if (addresses.size() != 3) {
    return fail(ErrorCode::kUsage, fmt::format("the three-dump method compares three dumps, not {}",
                                               addresses.size()));
  }
  for (LeakedGroup& group : three_dump_method(addresses[0], second, addresses[2])) {
    found.content_bytes += group.content_bytes;
    found.bytes += group.bytes;
    found.leaked.push_back(leaked_objects(std::move(group)));
  }
  return found;
}

void describe(Fields& fields, const LeakedObjects& leaked) {
  fields.record("LeakedObjects", "Objects of one type that one line allocated.");
  fields("objects", leaked.objects, "how many");
  fields("type", leaked.type, "Ruby's name of it");
  fields("content_bytes", leaked.content_bytes, "length of strings and symbols");
  fields("bytes", leaked.bytes, "memsize");
  fields("file", leaked.file, "where they were allocated; null: not recorded");
  fields("line", leaked.line, "in that file; null: not recorded");
}

void describe(Fields& fields, const ThreeDumpAnswer& answer) {
  fields.document("three_dump_method", 2,
                  "What is in the second dump, at an address that the first has not and the third "
                  "has; nothing but addresses is compared.",
                  answer.notices);
  fields("content_bytes", answer.content_bytes, "of all of them, listed or not");
  fields("bytes", answer.bytes, "memsize of all of them, listed or not");
  fields.rows("leaked", answer.leaked, "by type, file and line; most objects first");
}

}  // namespace tidemark
