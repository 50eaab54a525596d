#include "base/file_descriptor.h"

#include <unistd.h>

#include <system_error>
#include <utility>

namespace tidemark {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    descriptor_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() { return std::exchange(descriptor_, -1); }

void FileDescriptor::reset() {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

std::string system_reason(int number) {
  return std::error_code(number, std::generic_category()).message();
}

}  // namespace tidemark
