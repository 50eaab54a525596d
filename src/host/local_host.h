// This machine, or one that is made of files below a folder.
#pragma once

#include <string>
#include <utility>

#include "host/host.h"

namespace tidemark {

class LocalHost final : public Host {
 public:
  // `root`: another folder in place of "/", with proc and sys in it. Programs are run as they are.
  explicit LocalHost(std::string root = {}) : root_(std::move(root)) {}

  [[nodiscard]] std::string name() const override { return "this machine"; }
  [[nodiscard]] Result<std::string> read_file(const std::string& path,
                                              std::size_t most = kMostFile) const override;
  [[nodiscard]] Result<std::vector<std::string>> list_folder(
      const std::string& path) const override;
  [[nodiscard]] Result<std::string> read_link(const std::string& path) const override;
  [[nodiscard]] double uptime_seconds() const override;
  [[nodiscard]] Result<Ran> run(const std::vector<std::string>& command,
                                std::chrono::milliseconds timeout) const override;

 private:
  std::string root_;
};

}  // namespace tidemark
