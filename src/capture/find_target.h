// The processes that can be captured, those included that nobody may look at and that have loaded
// tidemark's file: find_process.h with what this file tells.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/find_process.h"

namespace tidemark {

// Every Ruby and Node.js process that we may look at or that answers, the largest first; without
// this one.
std::vector<Candidate> list_runtimes(const Host& host);

// The processes that `text` names, the largest first, workers before the master that only waits
// for them. Errors: kNotFound with what runs instead; kUnsupported for a pid that is no runtime.
Result<std::vector<Candidate>> find_targets(const Host& host, std::string_view text);

}  // namespace tidemark
