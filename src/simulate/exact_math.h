// Logarithm, exponential and the normal quantile out of additions, multiplications, divisions and
// square roots alone, which IEEE 754 rounds the same way everywhere. The C library's versions
// differ in the last bit from machine to machine, and one bit is enough to take a simulation
// elsewhere. Relative errors below 1e-15 (1e-14 for the quantile).
#pragma once

namespace tidemark {

double exact_log(double x);  // x > 0, finite
double exact_exp(double x);  // 0 below -700; x at most 700
// The value that a standard normal variable stays below with probability p, 0 < p < 1.
double normal_quantile(double p);

}  // namespace tidemark
