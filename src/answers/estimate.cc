#include "answers/estimate.h"

namespace tidemark {

void describe(Fields& fields, const Estimate& estimate) {
  fields.record("Estimate", "A number that was inferred, in the unit that the field's name says.");
  fields("value", estimate.value, "the best guess");
  fields("low", estimate.low, "the lower end of the interval that holds it in 19 of 20 cases");
  fields("high", estimate.high, "the upper end");
}

}  // namespace tidemark
