// Documents that are kept in the checkout, so that a change of what programs read shows in a diff.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

// What differs between `text` and tests/golden/NAME; empty: nothing. With TIDEMARK_UPDATE_GOLDEN=1
// in the environment the file is written anew instead. Times of now do not belong in one: set
// SOURCE_DATE_EPOCH=0 before a document is written.
std::string golden_difference(const std::string& name, std::string_view text);

}  // namespace tidemark
