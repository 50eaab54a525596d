// `tidemark doctor`: what can be captured here, and what stands in the way.
#include <string>

#include "capture/find_target.h"
#include "capture/plan.h"
#include "cli/capture_report.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"

namespace tidemark {
namespace {

int list_all(const CommandContext& context, const CommonOptions& common) {
  const auto all = list_runtimes();
  if (common.format == OutputFormat::kJson) {
    candidates_json(all, context.out);
    return kExitDone;
  }
  if (all.empty()) {
    context.out.write("No Ruby or Node.js process runs here that this user may look at.\n");
    return kExitDone;
  }
  context.out.write(candidates_text(all, 0, common.style()));
  context.out.write("\nNext: tidemark doctor " + std::to_string(all.front().pid) + "\n");
  return kExitDone;
}

int examine(const CommandContext& context, const std::string& target, const CommonOptions& common) {
  const auto found = find_targets(target);
  if (!found) return context.messages.give_up(found.error());
  const auto diagnosis = diagnose(found->front().pid);
  if (!diagnosis) return context.messages.give_up(diagnosis.error());
  if (common.format == OutputFormat::kJson) {
    doctor_json(*diagnosis, context.out);
    return kExitDone;
  }
  if (found->size() > 1) {
    context.out.write(candidates_text(*found, found->front().pid, common.style()) + "\n");
  }
  context.out.write(doctor_text(*diagnosis, common.style()));
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
  parser.options().add_option("TARGET", target,
                              "a pid, or the name of a process: puma, sidekiq, node");
  parser.add_common_options(common, {.reads_dumps = false});
  parser.example("tidemark doctor", "the Ruby and Node.js processes of this host");
  parser.example("tidemark doctor puma", "the largest puma worker");
  parser.example("tidemark doctor 4711", "one process");
  if (const auto exit_code = parser.parse()) return *exit_code;
  return target.empty() ? list_all(context, common) : examine(context, target, common);
}

}  // namespace tidemark
