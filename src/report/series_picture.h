// The picture of a verdict: samples, the floor, the fitted curves, the forecast with its band, the
// quota, events and jumps, and the verdict in words above them.
#pragma once

#include "report/picture.h"
#include "report/verdict_text.h"

namespace tidemark {

Picture series_picture(const JudgedSeries& judged);

}  // namespace tidemark
