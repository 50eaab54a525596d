// `tidemark doctor`: what can be captured here, and what stands in the way.
#include <string>

#include "answers/live/doctor.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "report/doctor_text.h"
#include "report/json_document.h"

namespace tidemark {
namespace {

template <class Request>
int tell(const CommandContext& context, const CommonOptions& common, const Request& request) {
  Monitor monitor;
  const auto answered = answer(request, monitor);
  if (!answered) return context.messages.give_up(answered.error());
  context.messages.notices(answered->notices);
  if (common.format == OutputFormat::kJson) {
    write_json(context.out, *answered);
  } else {
    context.out.write(doctor_text(*answered, common.style()));
  }
  return kExitDone;
}

}  // namespace

int run_doctor(const CommandContext& context) {
  CommandParser parser(
      context,
      "What can be captured of a live process, by which method, at what price, and "
      "what stands in the way. Changes nothing. Without TARGET: what runs here.");
  std::string target;
  CommonOptions common;
  parser.options().add_option(
      "TARGET", target,
      "a pid, or the name of a process: puma, sidekiq, node; elsewhere: ssh://HOST/puma, "
      "docker://, kube://, heroku://, compose:// (docs/targets.md)");
  parser.add_common_options(common, {.reads_dumps = false});
  parser.example("tidemark doctor", "the Ruby and Node.js processes of this host");
  parser.example("tidemark doctor puma", "the largest puma worker");
  parser.example("tidemark doctor 4711", "one process");
  if (const auto exit_code = parser.parse()) return *exit_code;
  if (target.empty()) return tell(context, common, DoctorRequest{});
  return tell(context, common, DoctorTargetRequest{.target = target});
}

}  // namespace tidemark
