// V8's heap snapshots and timelines, as a row of the registry.
#pragma once

#include "formats/format.h"

namespace tidemark::v8 {

extern const Format kSnapshotFormat;

}  // namespace tidemark::v8
