#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/file_descriptor.h"
#include "base/numbers.h"
#include "transfer/byte_sink.h"

namespace tidemark {
namespace {

std::unexpected<Error> refuse(const std::string& name, std::string_view what, int number) {
  Error error{.code = ErrorCode::kIo,
              .message = fmt::format("{}: {}", what, system_reason(number)),
              .file = name,
              .offset = {},
              .hint = {}};
  if (number == ENOSPC || number == EDQUOT) {
    error.hint =
        "choose another place with -o, or s3://bucket/key: nothing is kept on this disk then";
  } else if (number == EACCES || number == EROFS || number == ENOENT) {
    error.hint = "choose a folder that you may write to with -o";
  }
  return std::unexpected(error);
}

class DescriptorSink final : public ByteSink {
 public:
  DescriptorSink(int descriptor, std::string name)
      : descriptor_(descriptor), name_(std::move(name)) {}

  Result<void> write(std::span<const char> bytes) override {
    while (!bytes.empty()) {
      const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return refuse(name_, "cannot write", errno);
      bytes = bytes.subspan(static_cast<std::size_t>(done));
      stored_ += static_cast<std::uint64_t>(done);
    }
    return {};
  }
  Result<void> finish() override { return {}; }
  void abandon() override {}
  [[nodiscard]] std::uint64_t stored_bytes() const override { return stored_; }

 private:
  int descriptor_;
  std::string name_;
  std::uint64_t stored_ = 0;
};

class FileSink final : public ByteSink {
 public:
  FileSink(FileDescriptor file, std::string path, std::string partial)
      : out_(file.get(), path),
        file_(std::move(file)),
        path_(std::move(path)),
        partial_(std::move(partial)) {}
  ~FileSink() override { abandon(); }

  Result<void> write(std::span<const char> bytes) override { return out_.write(bytes); }

  Result<void> finish() override {
    // On the disk before it has its name: a whole name stands for a whole file.
    if (fdatasync(file_.get()) != 0 && errno != EINVAL && errno != EROFS) {
      return refuse(path_, "cannot write", errno);
    }
    if (std::rename(partial_.c_str(), path_.c_str()) != 0) {
      return refuse(path_, "cannot rename", errno);
    }
    partial_.clear();
    struct stat written{};
    struct stat there{};
    const bool same = fstat(file_.get(), &written) == 0 && lstat(path_.c_str(), &there) == 0 &&
                      written.st_dev == there.st_dev && written.st_ino == there.st_ino;
    if (!same) {
      return std::unexpected(Error{.code = ErrorCode::kIo,
                                   .message = "somebody else put another file in its place",
                                   .file = path_,
                                   .offset = {},
                                   .hint = "choose a folder that nobody else can write to: -o"});
    }
    const int descriptor = file_.release();
    if (close(descriptor) != 0) return refuse(path_, "cannot write", errno);
    return {};
  }

  void abandon() override {
    if (!partial_.empty()) unlink(partial_.c_str());
    partial_.clear();
    file_.reset();
  }

  [[nodiscard]] std::uint64_t stored_bytes() const override { return out_.stored_bytes(); }

 private:
  DescriptorSink out_;
  FileDescriptor file_;
  std::string path_;
  std::string partial_;  // empty once it has its name or is gone
};

// Of this user, or of the one who called sudo.
bool is_own(const struct stat& file) {
  if (file.st_uid == geteuid()) return true;
  const char* const sudo = std::getenv("SUDO_UID");
  return sudo != nullptr && parse_number<uid_t>(std::string_view(sudo)) == file.st_uid;
}

Error not_ours(const std::string& path, const struct stat& there) {
  std::string what = "something";
  if (S_ISREG(there.st_mode)) what = "a file";
  if (S_ISLNK(there.st_mode)) what = "a link";
  if (S_ISFIFO(there.st_mode)) what = "a FIFO";
  if (S_ISDIR(there.st_mode)) what = "a folder";
  return {
      .code = ErrorCode::kIo,
      .message = fmt::format("{} of user {} stands there already, which could take what is written",
                             what, there.st_uid),
      .file = path,
      .offset = {},
      .hint = "choose a folder that nobody else can write to: -o"};
}

}  // namespace

std::unique_ptr<ByteSink> descriptor_sink(int descriptor, std::string name) {
  return std::make_unique<DescriptorSink>(descriptor, std::move(name));
}

Result<std::unique_ptr<ByteSink>> file_sink(const std::string& path, NameBy by) {
  struct stat there{};
  if (by == NameBy::kProgram && lstat(path.c_str(), &there) == 0 &&
      (!S_ISREG(there.st_mode) || there.st_uid != geteuid())) {
    return std::unexpected(not_ours(path, there));
  }
  if (stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    // A terminal, a FIFO, /dev/null: nothing to rename.
    if (S_ISDIR(there.st_mode)) return refuse(path, "cannot write", EISDIR);
    if (S_ISFIFO(there.st_mode) && !is_own(there)) return std::unexpected(not_ours(path, there));
    FileDescriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.open()) return refuse(path, "cannot open", errno);
    const int descriptor = file.get();
    struct Owner final : ByteSink {
      Owner(FileDescriptor f, std::unique_ptr<ByteSink> s)
          : file(std::move(f)), sink(std::move(s)) {}
      Result<void> write(std::span<const char> bytes) override { return sink->write(bytes); }
      Result<void> finish() override { return sink->finish(); }
      void abandon() override { sink->abandon(); }
      [[nodiscard]] std::uint64_t stored_bytes() const override { return sink->stored_bytes(); }
      FileDescriptor file;
      std::unique_ptr<ByteSink> sink;
    };
    return std::make_unique<Owner>(std::move(file), descriptor_sink(descriptor, path));
  }
  std::string partial = path + ".partial";
  constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
  unlink(partial.c_str());  // of a capture that was killed
  FileDescriptor file(
      open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (!file.open()) return refuse(partial, "cannot create", errno);
  return std::make_unique<FileSink>(std::move(file), path, std::move(partial));
}

}  // namespace tidemark
