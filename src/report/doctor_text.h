// How `doctor` answers.
#pragma once

#include <string>

#include "answers/live/doctor.h"
#include "report/style.h"

namespace tidemark {

std::string doctor_text(const DoctorAnswer& answer, const TextStyle& style);
std::string doctor_text(const DoctorTargetAnswer& answer, const TextStyle& style);

}  // namespace tidemark
