// Where a capture goes, as it comes: a file, standard output, a bucket; through compression.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace tidemark {

// write() any number of times, then either finish() or abandon(), once. Not thread-safe. A sink
// that is destroyed before finish() has succeeded abandons itself.
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  virtual Result<void> write(std::span<const char> bytes) = 0;
  // All has been written: make it whole and give it its name.
  virtual Result<void> finish() = 0;
  // What was written is of no use: leave nothing behind.
  virtual void abandon() = 0;
  // Bytes stored so far, after compression.
  [[nodiscard]] virtual std::uint64_t stored_bytes() const = 0;
};

// Compresses with zstd, level 1: on heap dumps no other level is both smaller and as fast.
std::unique_ptr<ByteSink> zstd_sink(std::unique_ptr<ByteSink> next);

// Who chose a file's name. What the program names itself may be foreseen by somebody who shares the
// folder: then nothing may stand there but a file of this user, no link, no FIFO.
enum class NameBy { kUser, kProgram };

// Writes `path` + ".partial" beside it, readable by this user only, and renames it when it is
// whole; tells where that is no longer the file that was written. What the user names may be a
// device, or a FIFO of their own. Errors: kIo.
Result<std::unique_ptr<ByteSink>> file_sink(const std::string& path, NameBy by = NameBy::kUser);

// An open descriptor, which stays open: standard output. `name` is for errors.
std::unique_ptr<ByteSink> descriptor_sink(int descriptor, std::string name);

}  // namespace tidemark
