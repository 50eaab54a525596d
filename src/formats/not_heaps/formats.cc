#include "formats/not_heaps/formats.h"

#include "formats/beginning.h"

namespace tidemark {
namespace {

constexpr std::string_view kNative =
    "it says which native code allocates, not which objects live: jeprof or pprof shows it; a "
    "heap dump is taken by `tidemark capture PID`";
constexpr std::string_view kUnpack = "unpack it first; gzip and zstd alone are read as they are";
constexpr std::string_view kAnswer = "perhaps a server's answer in place of the file";

// In a protocol buffer as pprof writes it, the first field is a pair of two numbers of strings.
bool is_pprof(std::string_view head) {
  constexpr std::string_view kFirst = "\x0a\x04\x08";
  return head.size() >= 6 && head.starts_with(kFirst) && head[4] == '\x10';
}

bool is_tar(std::string_view head) {
  constexpr std::size_t kMagic = 257;
  return head.size() > kMagic && head.substr(kMagic).starts_with("ustar");
}

bool is_html(std::string_view head) {
  return text_begins(head, "<!DOCTYPE") || text_begins(head, "<!doctype") ||
         text_begins(head, "<html");
}

}  // namespace

constinit const Format kJemallocProfile{
    .name = "jemalloc-profile",
    .title = "a heap profile of jemalloc",
    .recognise = [](std::string_view head) { return text_begins(head, "heap_v2/"); },
    .open = nullptr,
    .hint = kNative};

constinit const Format kTcmallocProfile{
    .name = "tcmalloc-profile",
    .title = "a heap profile of tcmalloc",
    .recognise = [](std::string_view head) { return text_begins(head, "heap profile:"); },
    .open = nullptr,
    .hint = kNative};

constinit const Format kPprofProfile{.name = "pprof-profile",
                                     .title = "a profile of pprof",
                                     .recognise = is_pprof,
                                     .open = nullptr,
                                     .hint = kNative};

constinit const Format kJavaHeapDump{
    .name = "java-dump",
    .title = "a Java heap dump (hprof)",
    .recognise = [](std::string_view head) { return head.starts_with("JAVA PROFILE"); },
    .open = nullptr,
    .hint = {}};

constinit const Format kGoHeapDump{.name = "go-dump",
                                   .title = "a Go heap dump",
                                   .recognise =
                                       [](std::string_view head) {
                                         return head.starts_with("go1.") &&
                                                head.substr(0, 32).contains(" heap dump\n");
                                       },
                                   .open = nullptr,
                                   .hint = {}};

constinit const Format kIndexFile{
    .name = "tidemark-index",
    .title = "an index file of tidemark",
    .recognise = [](std::string_view head) { return head.starts_with("tidemark-index"); },
    .open = nullptr,
    .hint = "name the dump that it was made of; the index is found by itself"};

constinit const Format kElfFile{.name = "elf",
                                .title = "an ELF file (a program or a core dump)",
                                .recognise =
                                    [](std::string_view head) {
                                      return head.starts_with(
                                          "\x7f"
                                          "ELF");
                                    },
                                .open = nullptr,
                                .hint = {}};

constinit const Format kTarArchive{
    .name = "tar", .title = "a tar archive", .recognise = is_tar, .open = nullptr, .hint = kUnpack};

constinit const Format kZipArchive{
    .name = "zip",
    .title = "a zip archive",
    .recognise = [](std::string_view head) { return head.starts_with("PK\x03\x04"); },
    .open = nullptr,
    .hint = kUnpack};

constinit const Format kBzip2Data{
    .name = "bzip2",
    .title = "bzip2 data",
    .recognise = [](std::string_view head) { return head.starts_with("BZh"); },
    .open = nullptr,
    .hint = kUnpack};

constinit const Format kXzData{.name = "xz",
                               .title = "xz data",
                               .recognise =
                                   [](std::string_view head) {
                                     return head.starts_with(
                                         "\xfd"
                                         "7zXZ");
                                   },
                               .open = nullptr,
                               .hint = kUnpack};

constinit const Format kLz4Data{
    .name = "lz4",
    .title = "lz4 data",
    .recognise = [](std::string_view head) { return head.starts_with("\x04\x22\x4d\x18"); },
    .open = nullptr,
    .hint = kUnpack};

constinit const Format kXmlDocument{
    .name = "xml",
    .title = "an XML document",
    .recognise = [](std::string_view head) { return text_begins(head, "<?xml"); },
    .open = nullptr,
    .hint = kAnswer};

constinit const Format kHtmlPage{.name = "html",
                                 .title = "an HTML page",
                                 .recognise = is_html,
                                 .open = nullptr,
                                 .hint = kAnswer};

}  // namespace tidemark
