#include "report/schema_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

namespace tidemark {
namespace {

constexpr std::string_view kPromise = R"(# The documents of `--format json`

Made by `tidemark schema`; types for TypeScript are in
[tidemark.d.ts](tidemark.d.ts).

## What is promised

- A document is one JSON object. It begins with `schema` (`"tidemark.suspects/2"`: a name and a
  version), `tool` (`"tidemark 0.1.0"`), `generated_at` (ISO 8601, UTC) and `notices`.
- Within a version fields are added, never renamed, removed or given another meaning. Where that
  must be, the version goes up.
- Every field below is always there. `null` stands for what is not known or does not apply; only
  fields that say so may be `null`.
- Units stand in the name: `_bytes`, `_seconds`, `_hours`, `_share` (of 1), `_at` (a time). A number
  without one is a count.
- Words such as `"grows"` are those listed; a later version of tidemark may add some.
- `--limit` cuts the lists that have a field `…_total` before them, which says how many there are in
  all.
- A command that fails under `--format json` writes the document `error` on standard output; its exit
  code is the same as in text.
- Integers are exact. Those above 2^53 occur in no real document; addresses are texts.
)";

std::string kind_text(const FieldShape& field) {
  std::string text;
  switch (field.kind) {
    case FieldKind::kTruth:
      text = "true or false";
      break;
    case FieldKind::kInteger:
      text = "integer";
      break;
    case FieldKind::kNumber:
      text = "number";
      break;
    case FieldKind::kText:
      text = "text";
      break;
    case FieldKind::kWord:
      text = "word";
      break;
    case FieldKind::kRecord: {
      std::string anchor = field.type;
      std::ranges::transform(anchor, anchor.begin(),
                             [](unsigned char c) { return std::tolower(c); });
      text = fmt::format("[{}](#{})", field.type, anchor);
      break;
    }
  }
  if (field.list) text = "list of " + text;
  if (field.optional) text += " or null";
  return text;
}

std::string words_text(const FieldShape& field) {
  std::string text;
  for (const Word& word : field.words) {
    text += (text.empty() ? " " : "; ") + fmt::format("`{}`", word.word);
    if (!word.meaning.empty()) text += fmt::format(" {}", word.meaning);
  }
  return text;
}

std::string fields_table(const RecordShape& record) {
  std::string out = "| field | type | unit | meaning |\n|---|---|---|---|\n";
  for (const FieldShape& field : record.fields) {
    const std::string words = words_text(field);
    out += fmt::format("| `{}` | {} | {} | {}{}{} |\n", field.name, kind_text(field), field.unit,
                       field.meaning, words.empty() ? "" : ":", words);
  }
  return out;
}

// Each record once, by name.
std::map<std::string, RecordShape> records_of(std::span<const DocumentShape> documents) {
  std::map<std::string, RecordShape> records;
  for (const DocumentShape& document : documents) {
    for (const RecordShape& record : document.records) records.emplace(record.name, record);
  }
  return records;
}

// "pool_status" as "PoolStatus".
std::string camel_case(std::string_view name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return out;
}

std::string typescript_type(const FieldShape& field) {
  std::string type;
  switch (field.kind) {
    case FieldKind::kTruth:
      type = "boolean";
      break;
    case FieldKind::kInteger:
    case FieldKind::kNumber:
      type = "number";
      break;
    case FieldKind::kText:
      type = "string";
      break;
    case FieldKind::kWord:
      for (const Word& word : field.words) {
        type += (type.empty() ? "" : " | ") + fmt::format("\"{}\"", word.word);
      }
      if (field.list) type = "(" + type + ")";
      break;
    case FieldKind::kRecord:
      type = field.type;
      break;
  }
  if (field.list) type += "[]";
  return field.optional ? type + " | null" : type;
}

std::string interface_of(const RecordShape& record, const std::string& name,
                         std::string_view head = {}) {
  std::string out =
      fmt::format("/** {} */\nexport interface {} {{\n{}", record.meaning, name, head);
  for (const FieldShape& field : record.fields) {
    const std::string unit = field.unit.empty() ? "" : fmt::format(" ({})", field.unit);
    out += fmt::format("  /** {}{} */\n  {}: {};\n", field.meaning, unit, field.name,
                       typescript_type(field));
  }
  return out + "}\n\n";
}

}  // namespace

std::string markdown_reference(std::span<const DocumentShape> documents) {
  std::string out(kPromise);
  out += "\n## Documents\n";
  for (const DocumentShape& document : documents) {
    out += fmt::format("\n### {}\n\n`tidemark.{}/{}`. {}\n\n", document.top.name, document.top.name,
                       document.version, document.top.meaning);
    out += fields_table(document.top);
  }
  out += "\n## Records\n";
  for (const auto& [name, record] : records_of(documents)) {
    out += fmt::format("\n### {}\n\n{}\n\n", name, record.meaning);
    out += fields_table(record);
  }
  return out;
}

std::string typescript_types(std::span<const DocumentShape> documents) {
  std::string out =
      "// The documents of `tidemark ... --format json`: see json.md.\n"
      "// Made by `tidemark schema --format typescript`.\n\n";
  for (const auto& [name, record] : records_of(documents)) out += interface_of(record, name);
  std::string all;
  for (const DocumentShape& document : documents) {
    const std::string name = camel_case(document.top.name) + "Document";
    out += interface_of(document.top, name,
                        fmt::format("  schema: \"tidemark.{}/{}\";\n  /** \"tidemark 0.1.0\" */\n"
                                    "  tool: string;\n  /** time, ISO 8601, UTC */\n"
                                    "  generated_at: string;\n",
                                    document.top.name, document.version));
    all += "\n  | " + name;
  }
  return out + "export type TidemarkDocument =" + all + ";\n";
}

}  // namespace tidemark
