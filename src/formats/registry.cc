#include "formats/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "formats/not_heaps/formats.h"
#include "formats/ruby_dump/format.h"
#include "formats/v8_profile/formats.h"
#include "formats/v8_snapshot/format.h"

namespace tidemark {
namespace {

constexpr std::array kRows = {
    &ruby::kDumpFormat,
    &v8::kSnapshotFormat,
    // No heaps:
    &v8::kHeapProfileFormat,
    &v8::kCpuProfileFormat,
    &kJemallocProfile,
    &kTcmallocProfile,
    &kPprofProfile,
    &kJavaHeapDump,
    &kGoHeapDump,
    &kIndexFile,
    &kElfFile,
    &kTarArchive,
    &kZipArchive,
    &kBzip2Data,
    &kXzData,
    &kLz4Data,
    &kXmlDocument,
    &kHtmlPage,
};

bool is_text(std::string_view head) {
  return std::ranges::none_of(head, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t' && byte != 0x1b;
  });
}

std::string_view look_of(std::string_view head) {
  if (head.empty()) return "an empty file";
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return "nothing but white space";
  if (head[start] == '{' || head[start] == '[') return "JSON of another kind";
  return is_text(head) ? "plain text" : "binary data of an unknown kind";
}

std::string what_can_be_read() {
  std::string list;
  for (const Format* format : kRows) {
    if (format->open == nullptr) continue;
    if (!list.empty()) list += ", ";
    list += fmt::format("{} (made by {})", format->title, format->hint);
  }
  return "what can be read: " + list + "; plain, or compressed by gzip or zstd";
}

}  // namespace

std::span<const Format* const> known_formats() { return kRows; }

const Format* recognise(std::string_view head) {
  const auto row =
      std::ranges::find_if(kRows, [&](const Format* format) { return format->recognise(head); });
  return row == kRows.end() ? nullptr : *row;
}

Error not_a_heap(const Format* recognised, std::string_view head) {
  Error error{.code = ErrorCode::kNotADump, .message = {}, .file = {}, .offset = {}, .hint = {}};
  if (recognised != nullptr) {
    error.message = fmt::format("this is {}, not a heap dump", recognised->title);
    error.hint = recognised->hint;
  } else {
    error.message = fmt::format("this is not a heap dump: it looks like {}", look_of(head));
  }
  if (error.hint.empty()) error.hint = what_can_be_read();
  return error;
}

}  // namespace tidemark
