// A model fitted to measured memory: in sentences, and drawn over what was measured.
#pragma once

#include <string>

#include "report/json_writer.h"
#include "report/picture.h"
#include "simulate/model_fit.h"

namespace tidemark {

std::string fit_report(const ModelFit& fit, const std::string& name);

Picture fit_picture(const ModelFit& fit, const std::string& name);

// The member "fit" of an open object.
void write_fit(JsonWriter& json, const ModelFit& fit);

}  // namespace tidemark
