// What curves are made of: the pooled points of several lives, and every shape on its grid of
// parameters, with how likely it is before a point is seen.
#pragma once

#include <cstddef>
#include <vector>

#include "verdict/curve_model.h"
#include "verdict/floor.h"

namespace tidemark {

// The pooled points, with each group's mean taken off.
struct Pool {
  std::vector<double> hours;
  std::vector<double> work;
  std::vector<double> rate;
  std::vector<double> level;
  // A group is a life, or a part of one between jumps; each has a level of its own.
  std::vector<std::size_t> begins;  // of each group, and the end
  std::vector<std::size_t> lives;   // the first group of each life
  std::vector<double> means;        // of the level, each group
  double longest = 0;               // age
  double squares = 0;
  double base = 1;  // level at which a life begins: what amplitudes are measured by

  [[nodiscard]] std::size_t size() const { return level.size(); }
  [[nodiscard]] const std::vector<double>& clock_of(const Term& term) const;
};

Pool make_pool(const std::vector<const Floor*>& floors);

// One shape with its parameters, at every point.
struct CurveColumn {
  Term term;
  std::vector<double> values = {};  // centred
  double with_level = 0;            // product with the levels
  bool slow = false;                // its end lies beyond what the points show
  double prior = 1;                 // among its shape's
  double scale = 1;                 // levels that its coefficient is likely to be below
};

// Column 0 is the line in hours. The last one is the traffic, if `requests`.
std::vector<CurveColumn> make_columns(const Pool& pool, bool requests);

double dot(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace tidemark
