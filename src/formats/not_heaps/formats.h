// What people take for a heap dump, as rows of the registry: it is told by name instead of
// "unknown".
#pragma once

#include "formats/format.h"

namespace tidemark {

// Profiles of native allocators.
extern const Format kJemallocProfile;
extern const Format kTcmallocProfile;
extern const Format kPprofProfile;
// Heaps of other runtimes.
extern const Format kJavaHeapDump;
extern const Format kGoHeapDump;
// Of this program, and of the system.
extern const Format kIndexFile;
extern const Format kElfFile;
// Archives and compression that are not undone here.
extern const Format kTarArchive;
extern const Format kZipArchive;
extern const Format kBzip2Data;
extern const Format kXzData;
extern const Format kLz4Data;
// What a storage service answers when it has no such object.
extern const Format kXmlDocument;
extern const Format kHtmlPage;

}  // namespace tidemark
