// Where a process is that does not run on this machine, as a user writes it, and the program of the
// user's own that gets there: ssh, docker, kubectl, heroku. Nothing is started here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tidemark {

struct FarTarget {
  std::string place;                 // without the process: "ssh://shop@10.0.0.3:2222"
  std::string process;               // a pid or a name, as on the far side; may be empty
  std::vector<std::string> program;  // what is started here; the far command is its last argument
  // The far command is one word, read by a shell there (ssh, heroku); else three: sh -c COMMAND.
  bool by_shell = false;
  // The channel only keeps text: heroku's program reads and writes UTF-8.
  bool text_only = false;
  std::string help;  // what would help where it is refused

  // Another process of the same place, as a user writes it.
  [[nodiscard]] std::string with_process(std::string_view other) const;
};

// Does a word name a place away from here? Its scheme alone is looked at.
bool is_far_target(std::string_view word);

// The forms, a line each, for help texts.
std::string far_target_forms();

// Errors: kUsage, with the form of the scheme.
Result<FarTarget> parse_far_target(std::string_view word);

}  // namespace tidemark
