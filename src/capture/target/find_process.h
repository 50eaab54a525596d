// From what a user types (a pid, a name) to processes of Ruby or Node.js.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/target/runtime.h"

namespace tidemark {

struct Candidate {
  pid_t pid = 0;
  pid_t parent = 0;
  RuntimeKind kind = RuntimeKind::kRuby;
  uid_t user = 0;
  std::uint64_t resident_bytes = 0;
  double uptime_seconds = 0;
  std::string title;  // its command line or the title it gave itself, secrets hidden
};

// Every Ruby and Node.js process that we may look at, the largest first; without this one.
std::vector<Candidate> list_runtimes();

// Does a user who types `name` mean this command line? The program, a script, the word that the
// process shows as its title ("puma" for "puma: cluster worker 0: 17 [shop]"), or its comm.
bool means_process(std::string_view name, std::string_view comm,
                   const std::vector<std::string>& arguments, std::string_view executable);

// The processes that `text` names, the largest first, workers before the master that only waits
// for them. Errors: kNotFound with what runs instead; kUnsupported for a pid that is no runtime.
Result<std::vector<Candidate>> find_targets(std::string_view text);

// A command line in one string, with what looks like a secret replaced: values of options and
// variables named key, token, secret, password..., and the user part of URLs.
std::string describe_command(const std::vector<std::string>& arguments);

}  // namespace tidemark
