#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tidemark {
namespace {

std::unexpected<Error> refuse(const std::string& path, std::string why) {
  return std::unexpected(Error{
      .code = ErrorCode::kIo, .message = std::move(why), .file = path, .offset = {}, .hint = {}});
}

std::string reason(int number) {
  return "cannot open: " + std::error_code(number, std::generic_category()).message();
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open_own(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return refuse(path, reason(errno));
  struct stat status{};
  const bool known = fstat(descriptor, &status) == 0;
  const bool ours = known && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
                    (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  const auto size = ours ? static_cast<std::size_t>(status.st_size) : 0;
  void* pages = MAP_FAILED;
  if (size > 0) pages = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int problem = errno;
  close(descriptor);
  // Read ahead in long stretches: whoever opens such a file first checks it from end to end.
  if (pages != MAP_FAILED) madvise(pages, size, MADV_SEQUENTIAL);
  if (!ours) return refuse(path, "not a file of this user alone");
  if (size == 0) return refuse(path, "empty");
  if (pages == MAP_FAILED) return refuse(path, reason(problem));
  // NOLINTNEXTLINE(modernize-make-shared): the constructor is private
  return std::shared_ptr<const MappedFile>(
      new MappedFile({static_cast<const std::byte*>(pages), size}));
}

MappedFile::~MappedFile() {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): munmap asks for it
  munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace tidemark
