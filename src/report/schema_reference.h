// The documents of --format json, said for people and for a compiler. Made from the descriptions
// alone: docs/json.md and docs/tidemark.d.ts are these, and ./check compares them.
#pragma once

#include <span>
#include <string>

#include "report/text_sink.h"
#include "schema/shape.h"

namespace tidemark {

// The reference: what is promised, then each document with its fields, then the records that they
// share. Markdown.
std::string markdown_reference(std::span<const DocumentShape> documents);

// An interface for each document and record.
std::string typescript_types(std::span<const DocumentShape> documents);

}  // namespace tidemark
