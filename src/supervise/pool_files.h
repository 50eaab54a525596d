// The files of a pool in the private folder, by its name: a lock, so that there is one tidemark of
// that name; the socket of its channel; the state for the next one.
#pragma once

#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "base/private_folder.h"
#include "base/result.h"
#include "supervise/channel.h"

namespace tidemark {

class PoolFiles {
 public:
  // In the first of our places that takes a lock and a socket. Errors: kIo, also when a tidemark of
  // that name runs.
  static Result<PoolFiles> open(const std::string& name);

  Channel& channel() { return channel_; }
  [[nodiscard]] std::optional<std::string> read_state() const;
  Result<void> write_state(const std::string& text);
  // At an end in order, which leaves nothing for another one to take over.
  void remove();

 private:
  static Result<PoolFiles> open_in(const std::string& place, const std::string& name,
                                   bool& lock_taken);

  std::string name_;
  PrivateFolder folder_;
  FileDescriptor lock_;
  Channel channel_;
};

}  // namespace tidemark
