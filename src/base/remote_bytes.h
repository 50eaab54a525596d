// Inputs that are no files: an object in a store, under an address of its own kind ("s3://...").
// open_source() hands such a path to whoever has said that it knows the kind; compression and all
// that follows are the same as for files. Each kind is a scheme in one list.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"

namespace tidemark {

// Not thread-safe.
class RemoteBytes {
 public:
  RemoteBytes() = default;
  RemoteBytes(const RemoteBytes&) = delete;
  RemoteBytes& operator=(const RemoteBytes&) = delete;
  virtual ~RemoteBytes() = default;

  // At least one byte, as many as are there; 0 at the end.
  virtual Result<std::size_t> read(std::span<char> out) = 0;
};

// `monitor` may be null.
using RemoteOpener = Result<std::unique_ptr<RemoteBytes>> (*)(const std::string& path,
                                                              const Monitor* monitor);

struct RemoteScheme {
  std::string prefix;  // with its colon and slashes: "s3://"
  std::string form;    // what users write and what it is: "s3://BUCKET/KEY, an object in S3"
  RemoteOpener opener = nullptr;
};

// From now on paths that begin with the prefix are opened by the opener. A prefix is added once:
// a second time is a mistake of ours. Thread-safe, as is what follows.
void add_remote_scheme(RemoteScheme scheme);

// The form of each scheme that was added, in their order.
std::vector<std::string> remote_forms();

// The opener for this path; null where no scheme is its own.
RemoteOpener opener_of(std::string_view path);

// "ftp://" of "ftp://host/heap.json"; empty for what does not look like an address. A file may be
// called so all the same.
std::string_view scheme_of(std::string_view path);

// What to say of an address whose scheme nobody has added: kUnsupported, with those that work.
Error unknown_scheme(const std::string& path);

}  // namespace tidemark
