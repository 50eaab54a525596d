#include "answers/catalogue.h"

#include <algorithm>

#include "answers/heap/devtools_comparison.h"
#include "answers/heap/diff.h"
#include "answers/heap/retainers.h"
#include "answers/heap/summary.h"
#include "answers/heap/suspects.h"
#include "answers/heap/three_dump_method.h"
#include "answers/live/allocation_tracing.h"
#include "answers/live/capture.h"
#include "answers/live/doctor.h"
#include "answers/pool/status.h"
#include "answers/reproduce/endpoints.h"
#include "answers/reproduce/reproduce.h"
#include "answers/series/verdict.h"
#include "answers/size/simulate.h"
#include "answers/size/size.h"

namespace tidemark {

std::vector<DocumentShape> all_documents(std::vector<std::string>* problems) {
  std::vector<DocumentShape> all;
  all.push_back(shape_of<ErrorAnswer>(problems));
  all.push_back(shape_of<AllocationTracingAnswer>(problems));
  all.push_back(shape_of<CaptureAnswer>(problems));
  all.push_back(shape_of<CapturePlanAnswer>(problems));
  all.push_back(shape_of<CaptureSeriesAnswer>(problems));
  all.push_back(shape_of<DoctorAnswer>(problems));
  all.push_back(shape_of<DoctorTargetAnswer>(problems));
  all.push_back(shape_of<PoolStatusAnswer>(problems));
  all.push_back(shape_of<DevtoolsComparisonAnswer>(problems));
  all.push_back(shape_of<DiffAnswer>(problems));
  all.push_back(shape_of<ThreeDumpAnswer>(problems));
  all.push_back(shape_of<SimulateAnswer>(problems));
  all.push_back(shape_of<RetainersAnswer>(problems));
  all.push_back(shape_of<SuspectsAnswer>(problems));
  all.push_back(shape_of<VerdictAnswer>(problems));
  all.push_back(shape_of<SizeAnswer>(problems));
  all.push_back(shape_of<EndpointsAnswer>(problems));
  all.push_back(shape_of<ReproduceAnswer>(problems));
  all.push_back(shape_of<SummaryAnswer>(problems));
  std::ranges::sort(all, {}, [](const DocumentShape& one) { return one.top.name; });
  return all;
}

}  // namespace tidemark
