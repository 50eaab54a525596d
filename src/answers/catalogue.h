// Every document that `--format json` writes: the list from which the reference, the types of the
// page and the tests are made.
#pragma once

#include <string>
#include <vector>

#include "schema/shape.h"

namespace tidemark {

// By name. `problems`: takes what is wrong with a description (see ShapeVisitor); for a test.
std::vector<DocumentShape> all_documents(std::vector<std::string>* problems = nullptr);

}  // namespace tidemark
