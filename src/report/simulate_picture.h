// The picture of a simulation: what each thread holds, all together, the memory of the server, what
// was to be expected, and the quota. Where it was fitted to a series, that fit instead.
#pragma once

#include "answers/size/simulate.h"
#include "report/picture.h"

namespace tidemark {

Picture simulate_picture(const SimulateAnswer& answer);

}  // namespace tidemark
