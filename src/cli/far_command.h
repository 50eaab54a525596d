// A command whose TARGET is away from here: it runs there as a whole.
#pragma once

#include <optional>

#include "cli/command.h"

namespace tidemark {

// Nothing when no argument names such a place; else the exit code, all being done and said.
std::optional<int> run_if_far(const CommandContext& context);

}  // namespace tidemark
