// Live processes, and what a capture of one costs, as text.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "answers/live/process.h"
#include "report/style.h"

namespace tidemark {

// "Ruby 3.1.2, process 4711, RSS 203.5 MB, 5 threads, up 12 min", and its command.
std::string process_head(const RuntimeProcess& process, const TextStyle& style);
// Processes to choose from; `chosen` is marked. pid 0 marks none.
std::string processes_table(const std::vector<RuntimeProcess>& processes, pid_t chosen,
                            const TextStyle& style);

std::string format_milliseconds(double milliseconds);      // "0.25 ms", "1.5 s"
std::string format_milliseconds(double low, double high);  // "15-50 ms"

}  // namespace tidemark
