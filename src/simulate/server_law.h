// The law of a whole server's memory: what is shared, each process' base, what stays behind, and
// the high-water marks of all groups of threads together.
//
// What it leaves out, and the event simulator has: logs to replay, bursts; threads that begin all
// at once; a server that is overloaded only for a while. Where freed memory goes back in part and
// there are several groups, it is an upper bound.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "simulate/high_water_law.h"
#include "simulate/server_model.h"
#include "simulate/sum_of_groups.h"

namespace tidemark {

struct LawOptions {
  std::size_t points = 1024;  // of the grid
};

class ServerLaw {
 public:
  // `model` must have passed its check() and be one that has_law().
  explicit ServerLaw(const ServerModel& model, const LawOptions& options = {});

  // Chance that the server's memory passes `bytes` within `seconds`. With recycling, in any life.
  [[nodiscard]] double above(double bytes, double seconds) const;
  // Bytes that the highest level of [0, seconds] does not pass with probability p.
  [[nodiscard]] double quantile(double p, double seconds) const;
  // Several of them at the cost of one.
  [[nodiscard]] std::vector<double> quantiles(const std::vector<double>& ps, double seconds) const;
  // How often `bytes` is passed by a server that keeps nothing: an upper bound of the chance, for a
  // server of one group without retained memory; crossings a second.
  [[nodiscard]] double crossing_rate(double bytes) const;
  [[nodiscard]] bool one_group() const { return groups_.size() == 1 && groups_[0].count == 1; }
  // Threads with one high-water mark together, and how many such groups there are.
  struct Group {
    std::size_t threads = 0;
    std::size_t count = 0;
    HighWaterLaw law;
  };
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  // See HighWaterLaw::thin(); of the group with this index.
  void thin(std::size_t group, const std::function<double(double)>& part) {
    groups_[group].law.thin(part);
  }
  // Bytes that have stayed behind after so long, or at the end of a life, in all processes.
  [[nodiscard]] double stays_at(double seconds) const;
  // Bytes before the first request.
  [[nodiscard]] double fixed() const { return fixed_; }

 private:
  void add_group(const ServerModel& model, const Occupancy& all, std::size_t threads,
                 std::size_t count, std::size_t points);
  [[nodiscard]] SumOfGroups sum_at(double seconds) const;
  [[nodiscard]] double staying(const Group& group, double seconds) const;
  [[nodiscard]] double life(double seconds) const;

  const ServerModel model_;
  double fixed_ = 0;
  std::vector<Group> groups_;
};

// Whether the formula holds for this server.
bool has_law(const ServerModel& model);

// The chance for a server's threads to be busy, over all processes.
Occupancy server_occupancy(const ServerModel& model);

}  // namespace tidemark
