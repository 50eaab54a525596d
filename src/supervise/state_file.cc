#include "supervise/state_file.h"

#include <fmt/format.h>

#include <sstream>

namespace tidemark {

// tidemark-run 1
// pool LISTENER NEXT LAST_REPLACED
// worker NUMBER PID STARTED BORN SERVED BASELINE SERVER...
std::string write_state(const KeptState& state) {
  std::string text = fmt::format("tidemark-run 1\npool {} {} {:.3f}\n", state.listener,
                                 state.next_number, state.last_replaced);
  for (const KeptWorker& worker : state.workers) {
    text += fmt::format("worker {} {} {} {:.3f} {:.0f} {:.0f}", worker.number, worker.pid,
                        worker.started, worker.born, worker.served, worker.baseline);
    for (const int server : worker.servers) text += fmt::format(" {}", server);
    text += '\n';
  }
  return text + "end\n";
}

Result<KeptState> read_state(std::string_view text) {
  std::istringstream lines{std::string(text)};
  KeptState state;
  std::string line;
  const auto damaged = [] {
    return fail(ErrorCode::kDamaged, "the state of the last run is damaged");
  };
  if (!std::getline(lines, line) || line != "tidemark-run 1") return damaged();
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "end") return state;
    if (kind == "pool") {
      words >> state.listener >> state.next_number >> state.last_replaced;
      if (words.fail()) return damaged();
    } else if (kind == "worker") {
      KeptWorker worker;
      words >> worker.number >> worker.pid >> worker.started >> worker.born >> worker.served >>
          worker.baseline;
      if (words.fail() || worker.pid <= 0) return damaged();
      for (int server = 0; words >> server;) worker.servers.push_back(server);
      state.workers.push_back(std::move(worker));
    } else {
      return damaged();
    }
  }
  return damaged();  // cut short
}

}  // namespace tidemark
