// A length of time as a person reads it.
#pragma once

#include <string>

namespace tidemark {

// As short as it is useful: "80 ms", "12 s", "3.5 h", "2 days".
std::string span_words(double seconds);

}  // namespace tidemark
