#include "answers/catalogue.h"

#include <algorithm>

#include "answers/live/doctor.h"
#include "answers/pool/status.h"

namespace tidemark {

std::vector<DocumentShape> all_documents(std::vector<std::string>* problems) {
  std::vector<DocumentShape> all;
  all.push_back(shape_of<ErrorAnswer>(problems));
  all.push_back(shape_of<DoctorAnswer>(problems));
  all.push_back(shape_of<DoctorTargetAnswer>(problems));
  all.push_back(shape_of<PoolStatusAnswer>(problems));
  std::ranges::sort(all, {}, [](const DocumentShape& one) { return one.top.name; });
  return all;
}

}  // namespace tidemark
