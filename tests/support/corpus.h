// Real heap dumps that some machines have beside the checkout, too large to be part of it. A test
// that wants one skips itself where it is not there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

// The path of one dump, for instance "redmine-traced/d3.json.zst"; empty when it is not there.
std::string corpus_file(std::string_view name);

// The same for V8 snapshots and what goes with them, also for a folder.
std::string node_corpus_file(std::string_view name);

// The paths of all dumps in a folder of it, or in all folders, sorted.
std::vector<std::string> corpus_files(std::string_view folder = "");

}  // namespace tidemark
