// A simulation in sentences, with its chart.
#pragma once

#include <string>

#include "answers/size/simulate.h"
#include "report/style.h"

namespace tidemark {

std::string simulate_text(const SimulateAnswer& answer, const TextStyle& style);

// "1 process, 5 threads in one heap", "3 processes of 1 thread each".
std::string server_words(const SimulatedServer& server);

// A chance in words: "1 in 1,200", "88 %", "below 1 in 10^12".
std::string chance_words(double chance);

}  // namespace tidemark
