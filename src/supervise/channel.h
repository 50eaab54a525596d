// The sockets on which others talk to `tidemark run`: a Unix socket in the private folder for the
// parts inside apps and for `tidemark status`, and a loopback port for metrics where one is wanted.
// Everybody sends lines and gets text back. Who is on the other end of the Unix socket is what the
// kernel says, not what the line says; other users are turned away.
//
// Not thread-safe; nothing in it waits.
#pragma once

#include <poll.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace tidemark {

struct ChannelLine {
  int connection = 0;
  int pid = 0;  // of the sender; 0: over the metrics port
  std::string text;
};

class Channel {
 public:
  // Replaces a socket that a tidemark before us left. Errors: kIo.
  static Result<Channel> open(const std::string& path);
  // "127.0.0.1:9394"; loopback only. Errors: kUsage, kIo.
  Result<void> listen_for_metrics(const std::string& address);

  void add_to(std::vector<pollfd>& waits) const;
  // What has come in since; `closed` are connections that are gone.
  std::vector<ChannelLine> receive(std::vector<int>& closed);

  void send(int connection, std::string_view text);
  void send_descriptor(int connection, int descriptor);
  // No more will be sent; it stays until the other end is done.
  void finish(int connection);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Peer {
    FileDescriptor socket;
    int pid = 0;
    std::string buffer;
  };

  void accept_from(int listening, bool local);

  std::string path_;
  FileDescriptor local_;
  FileDescriptor metrics_;
  std::map<int, Peer> peers_;
  int next_ = 1;
};

// Connects to the channel of a running tidemark, sends one line and reads all that it answers.
// Errors: kNotFound when nobody is there.
Result<std::string> ask_channel(const std::string& path, std::string_view line);

}  // namespace tidemark
