// Where the checkout and the program under test are. One source file knows, so that the others
// compile to the same objects in every checkout and a compiler cache can serve them all.
#pragma once

#include <string>

namespace tidemark {

// A path inside the checkout: in_source("tests/workloads/node_leak.js").
std::string in_source(const std::string& path);

// The tidemark program of this build, or the one that $TIDEMARK names: so that the tests of one
// build can try the program of another.
std::string tidemark_binary();

}  // namespace tidemark
