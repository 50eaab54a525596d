// This program as it runs on the far side: started from a file that has no name any more, it reads
// the command that it is to be, runs it in a child, and sends what that says in frames. It ends
// with the connection, and the child with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tidemark {

// The word that makes this program a far side: `tidemark far [text]`.
inline constexpr std::string_view kFarCommand = "far";

// Returns in the child, with the arguments to run. In the parent it does not return: it exits once
// the child has ended or nobody listens any more. To be called before any thread is started.
Result<std::vector<std::string>> become_far_side(bool text_only);

}  // namespace tidemark
