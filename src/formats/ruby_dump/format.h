// Ruby's heap dumps, as a row of the registry.
#pragma once

#include "formats/format.h"

namespace tidemark::ruby {

extern const Format kDumpFormat;

}  // namespace tidemark::ruby
