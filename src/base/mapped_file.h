// A file of our own, mapped into memory to be read in place.
//
// Only for files that are replaced and never changed once they have their name: one that is cut
// short while it is mapped is a SIGBUS. What others write is read with ByteSource instead.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace tidemark {

class MappedFile {
 public:
  // Errors: kIo when it cannot be opened, is no regular file, belongs to somebody else, or may be
  // written by somebody else.
  static Result<std::shared_ptr<const MappedFile>> open_own(const std::string& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace tidemark
