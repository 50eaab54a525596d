// What people call processes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/process.h"

namespace tidemark {

// The last part of a path.
std::string_view file_name(std::string_view path);

// Is this process what a user calls `name`? Its comm, the program's file, its title up to the first
// space or colon ("puma" for "puma: cluster worker 0: 17 [shop]") or in the brackets at its end
// ("shop"), or, of an interpreter, its script. Arguments behind those are no names.
// `executable`: what /proc/PID/exe points at, where it is known. `interprets`: it is known to run
// scripts, whatever it is called.
bool goes_by(const ProcessInfo& process, std::string_view name, std::string_view executable = {},
             bool interprets = false);

// "puma", "node server.js": what to call it.
std::string process_title(const ProcessInfo& process);

// The processes that these start from, and all their descendants, in the order of `processes`.
std::vector<ProcessInfo> with_descendants(const std::vector<ProcessInfo>& processes,
                                          const std::vector<int>& roots);

// A command line in one string, with what looks like a secret replaced: values of options and
// variables named key, token, secret, password..., and the user part of URLs.
std::string describe_command(const std::vector<std::string>& arguments);

}  // namespace tidemark
