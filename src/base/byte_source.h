// Bytes from a file, a pipe or standard input, decompressed on the way. Compression is recognised
// from the first bytes, never from the name. Nothing is ever written to disk, and a file is read
// with read(2), not mapped: a dump that is cut short under us is an early end, not a SIGBUS.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/monitor.h"
#include "base/result.h"

namespace tidemark {

enum class Compression : std::uint8_t { kNone, kGzip, kZstd };

// What is known of an input before it is read.
struct SourceInfo {
  std::string name;                // as given, "-" for standard input
  std::uint64_t stored_bytes = 0;  // size on disk; 0 when it is not a regular file
  std::int64_t modified_ns = 0;    // time of last change; 0 when it is not a regular file
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool regular_file = false;
  Compression compression = Compression::kNone;
};

// Not thread-safe: one reader at a time.
class ByteSource {
 public:
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Fills `out` as far as the input goes; fewer bytes than asked mean the end or that an Error
  // comes with the next call. Broken compression delivers every sound byte first.
  virtual Result<std::size_t> read(std::span<char> out) = 0;

  // Bytes of the stored (compressed) input consumed so far, for progress.
  [[nodiscard]] virtual std::uint64_t stored_position() const = 0;

  [[nodiscard]] const SourceInfo& info() const { return info_; }

 protected:
  explicit ByteSource(SourceInfo info) : info_(std::move(info)) {}
  SourceInfo info_;
};

// `path` is a file's path, "-", or an address of a scheme that was added (remote_bytes.h). With a
// monitor, which must outlive the source, waiting for a pipe ends when it is cancelled; the input
// then looks as if it ended. Errors: kIo with the system's reason and the path; kUnsupported for an
// address of a scheme that nobody has added; those of the scheme's opener. Thread-safe.
Result<std::unique_ptr<ByteSource>> open_source(const std::string& path,
                                                const Monitor* monitor = nullptr);

// The same over bytes in memory, for tests and fuzzers. The bytes must outlive the source.
std::unique_ptr<ByteSource> memory_source(std::span<const char> bytes, std::string name = "memory");

}  // namespace tidemark
