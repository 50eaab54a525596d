#include "base/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>
#include <system_error>
#include <vector>

#include "base/remote_bytes.h"

namespace tidemark {
namespace {

constexpr std::size_t kStoredBlock = std::size_t{1} << 18;  // compressed bytes read at a time

Error io_error(const std::string& name, int number, const char* what) {
  return {.code = ErrorCode::kIo,
          .message = std::string("cannot ") + what + ": " +
                     std::error_code(number, std::generic_category()).message(),
          .file = name,
          .offset = {},
          .hint = {}};
}

// The raw bytes below any compression: a descriptor, or memory, with a little that can be put back.
class RawInput {
 public:
  RawInput(int descriptor, std::string name, const Monitor* monitor)
      : descriptor_(descriptor), name_(std::move(name)), monitor_(monitor) {}
  explicit RawInput(std::span<const char> bytes) : memory_(bytes) {}
  explicit RawInput(std::unique_ptr<RemoteBytes> remote) : remote_(std::move(remote)) {}
  RawInput(RawInput&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        memory_(other.memory_),
        name_(std::move(other.name_)),
        head_(std::move(other.head_)),
        position_(other.position_),
        failure_(other.failure_),
        remote_(std::move(other.remote_)),
        remote_failure_(std::move(other.remote_failure_)),
        monitor_(other.monitor_) {}
  RawInput& operator=(RawInput&&) = delete;
  RawInput(const RawInput&) = delete;
  RawInput& operator=(const RawInput&) = delete;
  ~RawInput() {
    if (descriptor_ > STDIN_FILENO) close(descriptor_);
  }

  // Looks at the first bytes without consuming them.
  Result<std::string> peek(std::size_t count) {
    std::string head(count, '\0');
    auto got = read(head);
    if (!got) return std::unexpected(got.error());
    head.resize(*got);
    position_ -= *got;
    head_ = head;
    return head;
  }

  // Fills `out` unless the input ends or fails first; a failure is told once nothing comes before.
  Result<std::size_t> read(std::span<char> out) {
    std::size_t done = std::min(out.size(), head_.size());
    std::copy_n(head_.begin(), done, out.begin());
    head_.erase(0, done);
    if (descriptor_ < 0) {
      const std::size_t more = std::min(out.size() - done, memory_.size());
      if (more > 0) std::memcpy(out.data() + done, memory_.data(), more);
      memory_ = memory_.subspan(more);
      done += more;
    }
    if (remote_ != nullptr) done += read_remote(out.subspan(done));
    if (done == 0 && remote_failure_) return std::unexpected(*remote_failure_);
    while (descriptor_ >= 0 && failure_ == 0 && done < out.size() && wait_for_bytes()) {
      const ssize_t got = ::read(descriptor_, out.data() + done, out.size() - done);
      if (got == 0) break;
      if (got > 0) {
        done += static_cast<std::size_t>(got);
      } else if (errno == EAGAIN) {
        pollfd wanted{.fd = descriptor_, .events = POLLIN, .revents = 0};
        poll(&wanted, 1, -1);
      } else if (errno != EINTR) {
        failure_ = errno;
      }
    }
    if (done == 0 && failure_ != 0) return std::unexpected(io_error(name_, failure_, "read"));
    position_ += done;
    return done;
  }

  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  std::size_t read_remote(std::span<char> out) {
    std::size_t done = 0;
    while (!remote_failure_ && done < out.size()) {
      const auto got = remote_->read(out.subspan(done));
      if (!got) remote_failure_ = got.error();
      if (!got || *got == 0) break;
      done += *got;
    }
    return done;
  }

  // False when nobody wants the bytes any more. A pipe may stay silent for ever, and the signal
  // that cancels goes to another thread than the one that reads.
  bool wait_for_bytes() {
    if (monitor_ == nullptr) return true;
    constexpr int kMilliseconds = 100;
    pollfd wanted{.fd = descriptor_, .events = POLLIN, .revents = 0};
    while (!monitor_->cancelled()) {
      const int ready = poll(&wanted, 1, kMilliseconds);
      if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
    }
    return false;
  }

  int descriptor_ = -1;
  std::span<const char> memory_;
  std::string name_;
  std::string head_;
  std::uint64_t position_ = 0;
  int failure_ = 0;  // errno of a read that failed behind good bytes
  std::unique_ptr<RemoteBytes> remote_;
  std::optional<Error> remote_failure_;  // likewise
  const Monitor* monitor_ = nullptr;     // null: reading never has to wait
};

class PlainSource final : public ByteSource {
 public:
  PlainSource(SourceInfo info, RawInput input)
      : ByteSource(std::move(info)), input_(std::move(input)) {}
  Result<std::size_t> read(std::span<char> out) override { return input_.read(out); }
  [[nodiscard]] std::uint64_t stored_position() const override { return input_.position(); }

 private:
  RawInput input_;
};

// What gzip and zstd share: blocks of stored bytes in, plain bytes out, errors held back until all
// sound bytes are delivered.
class CompressedSource : public ByteSource {
 public:
  CompressedSource(SourceInfo info, RawInput input)
      : ByteSource(std::move(info)), input_(std::move(input)), stored_(kStoredBlock) {}

  Result<std::size_t> read(std::span<char> out) final {
    std::size_t done = 0;
    while (done < out.size() && !failure_) {
      if (next_ == stored_end_ && !stored_finished_) refill();
      const bool nothing_left = next_ == stored_end_;
      const std::size_t produced = decompress(out.subspan(done));
      done += produced;
      if (nothing_left && produced == 0) {
        if (inside_frame() && !failure_) fail_with("the compressed data ends in the middle");
        if (input_failure_) failure_ = input_failure_;
        break;
      }
    }
    if (done == 0 && failure_) return std::unexpected(*failure_);
    return done;
  }
  [[nodiscard]] std::uint64_t stored_position() const override { return input_.position(); }

 protected:
  // Consumes from pending(), writes to `out`, returns the bytes written.
  virtual std::size_t decompress(std::span<char> out) = 0;
  [[nodiscard]] virtual bool inside_frame() const = 0;

  [[nodiscard]] std::span<const char> pending() const {
    return std::span(stored_).subspan(next_, stored_end_ - next_);
  }
  void consume(std::size_t count) { next_ += count; }
  void fail_with(std::string message) {
    fail_with(Error{.code = ErrorCode::kDamaged,
                    .message = std::move(message),
                    .file = info_.name,
                    .offset = {},
                    .hint = "the file was cut while it was written or copied; copy it again"});
  }
  void fail_with(Error error) { failure_ = std::move(error); }

 private:
  void refill() {
    next_ = 0;
    auto got = input_.read(stored_);
    if (!got) input_failure_ = got.error();
    stored_end_ = got.value_or(0);
    stored_finished_ = stored_end_ == 0;
  }

  RawInput input_;
  std::vector<char> stored_;
  std::size_t next_ = 0;
  std::size_t stored_end_ = 0;
  bool stored_finished_ = false;
  std::optional<Error> input_failure_;  // told once the decompressor has given all that it holds
  std::optional<Error> failure_;
};

class ZstdSource final : public CompressedSource {
 public:
  ZstdSource(SourceInfo info, RawInput input)
      : CompressedSource(std::move(info), std::move(input)), context_(ZSTD_createDCtx()) {}
  ZstdSource(const ZstdSource&) = delete;
  ZstdSource& operator=(const ZstdSource&) = delete;
  ~ZstdSource() override { ZSTD_freeDCtx(context_); }

 private:
  std::size_t decompress(std::span<char> out) override {
    ZSTD_inBuffer in{pending().data(), pending().size(), 0};
    ZSTD_outBuffer result{out.data(), out.size(), 0};
    const std::size_t state = ZSTD_decompressStream(context_, &result, &in);
    consume(in.pos);
    if (ZSTD_getErrorCode(state) == ZSTD_error_frameParameter_windowTooLarge) {
      fail_with(Error{.code = ErrorCode::kUnsupported,
                      .message = "the zstd data was compressed with a window above 128 MiB",
                      .file = info_.name,
                      .offset = {},
                      .hint = "decompress it with zstd -dc --long=31 and read standard input"});
    } else if (ZSTD_isError(state) != 0U) {
      fail_with(std::string("the zstd data is damaged: ") + ZSTD_getErrorName(state));
    } else if (in.pos > 0 || result.pos > 0) {
      inside_frame_ = state != 0;
    }
    return result.pos;
  }
  [[nodiscard]] bool inside_frame() const override { return inside_frame_; }

  ZSTD_DCtx* context_;
  bool inside_frame_ = false;
};

class GzipSource final : public CompressedSource {
 public:
  GzipSource(SourceInfo info, RawInput input)
      : CompressedSource(std::move(info), std::move(input)) {
    constexpr int kGzipOnly = 16;
    ready_ = inflateInit2(&stream_, MAX_WBITS + kGzipOnly) == Z_OK;
    if (!ready_) fail_with("cannot start gzip decompression");
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;
  ~GzipSource() override {
    if (ready_) inflateEnd(&stream_);
  }

 private:
  std::size_t decompress(std::span<char> out) override {
    // Zeros may fill up the last block behind a member, as on tapes and some disks.
    if (!inside_frame_) {
      consume(static_cast<std::size_t>(
          std::ranges::find_if(pending(), [](char c) { return c != '\0'; }) - pending().begin()));
    }
    const std::span<const char> in = pending();
    if (in.empty() && !inside_frame_) return 0;
    const std::size_t room = std::min<std::size_t>(out.size(), UINT_MAX);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int state = inflate(&stream_, Z_NO_FLUSH);
    const std::size_t used = in.size() - stream_.avail_in;
    const std::size_t produced = room - stream_.avail_out;
    consume(used);
    if (state == Z_STREAM_END) {
      inside_frame_ = false;  // a further member may follow, as `cat a.gz b.gz` makes
      inflateReset(&stream_);
    } else if (state == Z_OK || state == Z_BUF_ERROR) {
      if (used > 0 || produced > 0) inside_frame_ = true;
    } else {
      fail_with(std::string("the gzip data is damaged: ") +
                (stream_.msg != nullptr ? stream_.msg : "bad data"));
    }
    return produced;
  }
  [[nodiscard]] bool inside_frame() const override { return inside_frame_; }

  z_stream stream_{};
  bool ready_ = false;
  bool inside_frame_ = false;
};

Compression recognise(std::string_view head) {
  if (head.starts_with("\x1f\x8b")) return Compression::kGzip;
  if (head.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
  // A skippable frame (0x184D2A5?) may stand before the first real one.
  if (head.size() >= 4 && (head[0] & 0xf0) == 0x50 && head.substr(1, 3) == "\x2a\x4d\x18") {
    return Compression::kZstd;
  }
  return Compression::kNone;
}

Result<std::unique_ptr<ByteSource>> with_compression(SourceInfo info, RawInput input) {
  auto head = input.peek(4);
  if (!head) return std::unexpected(head.error());
  info.compression = recognise(*head);
  switch (info.compression) {
    case Compression::kGzip:
      return std::make_unique<GzipSource>(std::move(info), std::move(input));
    case Compression::kZstd:
      return std::make_unique<ZstdSource>(std::move(info), std::move(input));
    case Compression::kNone:
      break;
  }
  return std::make_unique<PlainSource>(std::move(info), std::move(input));
}

}  // namespace

Result<std::unique_ptr<ByteSource>> open_source(const std::string& path, const Monitor* monitor) {
  if (const RemoteOpener opener = opener_of(path); opener != nullptr) {
    auto bytes = opener(path, monitor);
    if (!bytes) return std::unexpected(bytes.error());
    SourceInfo info;
    info.name = path;
    return with_compression(std::move(info), RawInput(std::move(*bytes)));
  }
  const bool standard_input = path == "-";
  const int descriptor = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const bool may_be_address = errno == ENOENT && !scheme_of(path).empty();
    return std::unexpected(may_be_address ? unknown_scheme(path) : io_error(path, errno, "open"));
  }
  struct stat status{};
  const bool known = fstat(descriptor, &status) == 0;
  const int reason = errno;
  // Only a pipe or a terminal makes its reader wait.
  RawInput input(descriptor, path, known && S_ISREG(status.st_mode) ? nullptr : monitor);
  if (!known) return std::unexpected(io_error(path, reason, "look at"));
  if (S_ISDIR(status.st_mode)) return std::unexpected(io_error(path, EISDIR, "read"));
  SourceInfo info;
  info.name = path;
  info.regular_file = S_ISREG(status.st_mode);
  if (info.regular_file) {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    info.stored_bytes = static_cast<std::uint64_t>(status.st_size);
    info.modified_ns = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec;
    info.device = status.st_dev;
    info.inode = status.st_ino;
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  return with_compression(std::move(info), std::move(input));
}

std::unique_ptr<ByteSource> memory_source(std::span<const char> bytes, std::string name) {
  SourceInfo info;
  info.name = std::move(name);
  info.stored_bytes = bytes.size();
  auto source = with_compression(std::move(info), RawInput(bytes));
  return std::move(*source);  // memory cannot fail to be read
}

}  // namespace tidemark
