// The picture of a simulation: what each thread holds, all together, the memory of the server, what
// was to be expected, and the quota.
#pragma once

#include "report/picture.h"
#include "simulate/simulation.h"

namespace tidemark {

Picture simulation_picture(const Simulation& simulation);

}  // namespace tidemark
