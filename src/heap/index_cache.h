// Where index files lie, which of them are still true, and how many may stay.
//
// They lie in one folder of the user's, each under a name made from its dump's path. Everything
// here may fail without harm: then there is no index, and the dump is read. So there are no
// errors, only "no".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/monitor.h"
#include "heap/section_file.h"

namespace tidemark {

// What a dump file was like when its index was made. An index is true as long as nothing of this
// has changed; `samples` is a hash of the file's beginning, its end, and 32 places between, for
// changes that leave size and times as they were.
struct DumpKey {
  std::string path;  // absolute, without symbolic links
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;  // of the inode
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t samples = 0;
  // Of whoever writes the index: a number for each program and way of reading that may come to
  // other results from the same bytes.
  std::uint64_t maker = 0;

  friend bool operator==(const DumpKey&, const DumpKey&) = default;
};

// Nothing when the path does not lead to a regular file that can be read. Reads up to 256 kB.
std::optional<DumpKey> make_dump_key(const std::string& path, std::uint64_t maker);

class IndexCache {
 public:
  struct Limits {
    std::uint64_t bytes = std::uint64_t{4} << 30;  // of all index files together...
    unsigned percent_of_free = 10;                 // ...and of the disk's room without them
  };

  // $XDG_CACHE_HOME/tidemark or ~/.cache/tidemark; nothing when there is neither.
  static std::optional<IndexCache> of_user();
  // `folder` is made when the first index is written.
  IndexCache(std::string folder, const Limits& limits)
      : folder_(std::move(folder)), limits_(limits) {}
  explicit IndexCache(std::string folder) : IndexCache(std::move(folder), Limits()) {}

  // The verified index of this very dump, or nothing. Counts as a use of it.
  [[nodiscard]] std::optional<SectionFile> find(const DumpKey& key, unsigned threads) const;

  // Writes an index of the sections in place of any older one of the same path, then deletes the
  // least recently used ones above the limits. False when it was not written. Several processes
  // may do this at the same time.
  bool store(SectionFileWriter sections, const DumpKey& key, const Monitor& monitor) const;

  // Where the index of a dump lies, if it has one; `dump_path` as in its key.
  [[nodiscard]] std::string path_of(const std::string& dump_path) const;

 private:
  std::string folder_;
  Limits limits_;
};

}  // namespace tidemark
