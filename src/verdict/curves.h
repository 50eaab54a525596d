// Does memory level off, or does it go on? Two families of curves against the pooled floors of
// several lives; the better one of each family, and how much better one family explains them.
//
// A family that ends:    constant; 1 - e^(-x/tau), one or two of them; log(1 + x/a); both;
//                        logistic; a step; a cache that fills evenly until it is full; the
//                        last three after 1 - e^(-x/tau)
// A family that goes on: a line, in all lives or from a later one on (a deploy that nobody
//                        announced); a line from some age on; a line after each of the warm-ups
//                        above
// Either may hold a share of memory that comes and goes with the traffic of the moment.
//
// x is the age of a life, in hours or in requests served: both clocks are tried. Every life has a
// level of its own to start from, the shape is shared, and every term only ever grows. The time
// constants stand on a grid and the rest is least squares, so all models share one table of inner
// products: a model costs a 4 x 4 system, not a pass over the points.
//
// What is compared is not the best curve of each family but how likely the points are by the whole
// family (a marginal likelihood). Before any point is seen each coefficient is expected to be
// positive and normal, with a scale that is a share of the level at which a life begins; time
// constants above two hours, evenly filling caches and logistic warm-ups are expected to be rare.
// So a warm-up that is slow or large enough to imitate a leak is possible, and costs what it must.
// The number of independent points is the one that the correlation of the residuals leaves, and
// there is a misfit floor, because a real curve is never exactly any of these.
//
// Rejected: BIC with a cap of the time constants by the age (needs log odds of 14 in the first half
// hour to be right as often, and finds fast leaks later); a scale of its own for slow leaks (finds
// those of 10 % a day sooner, and all others later for the same number of false alarms); a single
// regression line (calls every warm-up a leak), Mann-Kendall (the same), the longest tail with a
// good linear fit (F1 0.5 where this reaches 0.9).
#pragma once

#include <vector>

#include "verdict/curve_model.h"
#include "verdict/floor.h"

namespace tidemark {

struct CurveFit {
  CurveModel ending;    // the best that ends
  CurveModel going;     // the best that goes on
  double evidence = 0;  // log odds for going on, before any prior; < 0: for ending
  double points = 0;
  double independent_points = 0;
  double least_slope = 0;  // levels per hour that would have shown with evidence of `wanted`
  double settled = 0;      // level that the models that end expect of the last life, their middle
  double settled_low = 0;  // 9 in 10 of them expect a level between these
  double settled_high = 0;
  CurveModel settling;      // the one that expects just that
  double settle_hours = 0;  // age at which it has come within 3 % of it
};

struct CurveOptions {
  bool requests = false;  // the points' `work` and `rate` mean something
  double horizon = 48;    // hours of age at which a logarithm is taken to have ended
  double wanted = 2;      // evidence for `least_slope`
};

// `floors` hold at least 4 points in all. Levels are relative to about 1. Deterministic; a few
// thousand models, about a millisecond.
CurveFit fit_curves(const std::vector<const Floor*>& floors, const CurveOptions& options);

}  // namespace tidemark
