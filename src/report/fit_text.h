// A model fitted to measured memory: in sentences, and drawn over what was measured.
#pragma once

#include <string>

#include "answers/size/simulate.h"
#include "report/picture.h"

namespace tidemark {

std::string fit_text(const FittedSeries& fitted);

Picture fit_picture(const FittedSeries& fitted);

}  // namespace tidemark
