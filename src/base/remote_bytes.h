// Inputs that are no files: an object in a store, under an address of its own kind ("s3://...").
// open_source() hands such a path to whoever has said that it knows the kind; compression and all
// that follows are the same as for files.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

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

// From now on paths that begin with `prefix` are opened by `opener`. Before any thread is started;
// the last call counts.
void open_remote_paths_with(std::string_view prefix, RemoteOpener opener);

}  // namespace tidemark
