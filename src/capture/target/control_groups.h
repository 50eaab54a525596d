// The control groups of processes, of both versions.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

// The folder of the process's group and of every group above it. `controller` names one of version
// 1 ("memory", "pids", "cpu"); empty: version 2. Empty where there is none or it cannot be seen.
std::vector<std::string> control_group_folders(pid_t pid, std::string_view controller);

// The files to which a number of a process of `pid`'s groups is written to have its memory and its
// processor time count in our groups instead: one for each hierarchy in which they differ and we
// may. What it shares with others of its old groups stays theirs.
std::vector<std::string> doors_to_our_groups(pid_t pid);

}  // namespace tidemark
