// What does a request to each endpoint cost in memory? Each by itself in a fresh process.
#pragma once

#include <string>
#include <vector>

#include "answers/reproduce/app_request.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "reproduce/endpoints.h"
#include "schema/fields.h"

namespace tidemark {

struct EndpointsRequest {
  AppRequest app;  // a command: a process that runs already is none of its own
};

struct EndpointsAnswer {
  std::vector<Notice> notices;
  std::string folder;  // with the app's output
  EndpointTable table;
};

// Takes as long as the request says for each endpoint; cancelling ends with those that were
// measured. Errors: those of prepare(); when the app does not start. One at a time.
Result<EndpointsAnswer> answer(const EndpointsRequest& request, Monitor& monitor);

void describe(Fields& fields, const EndpointsAnswer& answer);

}  // namespace tidemark
