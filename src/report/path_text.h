// A path from a root to an object, said to a person; safe for a terminal.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "answers/heap/shapes.h"

namespace tidemark {

// One line: "root vm → class Object → class RequestAudit → Array (3,902)". What leads to the last
// class on the way is left out when it is long.
std::string path_text(std::span<const PathStep> path);

// The end of it alone: from the last class on, or the last few steps.
std::string short_path_text(std::span<const PathStep> path);

// A steps-by-line form, one step a line with the edge's name and the address; ends with a newline.
std::string path_lines(std::span<const PathStep> path, std::string_view indent);

}  // namespace tidemark
