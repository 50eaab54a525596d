// A simulation in sentences, with its chart.
#pragma once

#include <string>
#include <string_view>

#include "report/style.h"
#include "simulate/simulation.h"

namespace tidemark {

std::string simulation_report(const Simulation& simulation, const TextStyle& style);

// "one heap of 5 threads", "3 processes of 1 thread each".
std::string server_words(const ServerModel& model);

// A chance in words: "1 in 1,200", "88 %", "below 1 in 10^12".
std::string chance_words(double chance);

// A time as short as it is useful: "80 ms", "12 s", "3.5 h", "2 days".
std::string span_words(double seconds);

}  // namespace tidemark
