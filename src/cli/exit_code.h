// What the process says to its caller; documented in every command's help.
#pragma once

namespace tidemark {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitFound = 3;          // done, and found what was looked for: growth, a leak
inline constexpr int kExitInterrupted = 130;  // stopped with Ctrl-C, as a shell reports it

}  // namespace tidemark
