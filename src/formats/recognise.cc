#include "formats/recognise.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "formats/ruby_dump/reader.h"
#include "formats/v8_snapshot/snapshot.h"

namespace tidemark {
namespace {

struct Beginning {
  std::string_view bytes;
  std::string_view description;
};

constexpr std::array<Beginning, 11> kBeginnings = {{
    {"{\"head\":", "a V8 sampling heap profile"},
    {"{\"nodes\":", "a V8 CPU profile"},
    {"JAVA PROFILE", "a Java heap dump (hprof)"},
    {"\x7f"
     "ELF",
     "an ELF file: a program or a core dump"},
    {"PK\x03\x04", "a zip archive: unpack it first"},
    {"BZh", "bzip2 data: decompress it first"},
    {"\xfd"
     "7zXZ",
     "xz data: decompress it first"},
    {"<?xml", "an XML document, perhaps an error page of a storage service"},
    {"<!DOCTYPE", "an HTML page"},
    {"<html", "an HTML page"},
    {"tidemark-index", "an index file of tidemark, not a dump"},
}};

bool is_text(std::string_view head) {
  return std::ranges::none_of(head, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t' && byte != 0x1b;
  });
}

}  // namespace

Recognition recognise(std::string_view head) {
  if (ruby::looks_like_dump(head))
    return {.format = Format::kRubyDump, .description = "a Ruby heap dump"};
  if (v8::looks_like_snapshot(head)) {
    return {.format = Format::kV8Snapshot, .description = "a V8 heap snapshot"};
  }
  if (head.empty()) return {.format = Format::kOther, .description = "an empty file"};
  const std::size_t start = std::min(head.find_first_not_of(" \t\r\n"), head.size());
  const std::string_view content = head.substr(start);
  for (const Beginning& known : kBeginnings) {
    if (content.starts_with(known.bytes)) {
      return {.format = Format::kOther, .description = std::string(known.description)};
    }
  }
  constexpr std::size_t kTarMagic = 257;
  if (head.size() > kTarMagic + 5 && head.substr(kTarMagic, 5) == "ustar") {
    return {.format = Format::kOther, .description = "a tar archive: unpack it first"};
  }
  if (content.empty()) return {.format = Format::kOther, .description = "nothing but white space"};
  if (content.starts_with("{") || content.starts_with("[")) {
    return {.format = Format::kOther, .description = "JSON of another kind"};
  }
  if (is_text(head)) return {.format = Format::kOther, .description = "plain text"};
  return {.format = Format::kOther, .description = "binary data of an unknown kind"};
}

}  // namespace tidemark
