// tidemark finds out why the memory of a Ruby or Node.js app grows. This is its list of commands.
#include <array>
#include <string>
#include <vector>

#include "base/remote_bytes.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "transfer/s3/s3_source.h"

namespace {

using tidemark::Command;
using tidemark::Question;

constexpr std::array kCommands = {
    Command{.name = "watch",
            .arguments = "TARGET",
            .summary = "memory of live processes, with the verdict as it forms",
            .question = Question::kIsItALeak,
            .run = tidemark::run_watch},
    Command{.name = "verdict",
            .arguments = "SERIES",
            .summary = "leak, warm-up, too many workers or bloat? from recorded memory",
            .question = Question::kIsItALeak,
            .run = tidemark::run_verdict},
    Command{.name = "capture",
            .arguments = "TARGET",
            .summary = "a heap dump or snapshot of a live process, which pauses for milliseconds",
            .question = Question::kTakeAHeap,
            .run = tidemark::run_capture},
    Command{.name = "doctor",
            .arguments = "[TARGET]",
            .summary = "what can be captured here, at what price, and what stands in the way",
            .question = Question::kTakeAHeap,
            .run = tidemark::run_doctor},
    Command{.name = "summary",
            .arguments = "DUMP",
            .summary = "what is in a heap dump: by class, site, package, age; garbage; waste",
            .question = Question::kWhereIsIt,
            .run = tidemark::run_summary},
    Command{.name = "diff",
            .arguments = "DUMP DUMP [DUMP...]",
            .summary = "what appeared between dumps and stayed; what only a cache holds",
            .question = Question::kWhereIsIt,
            .run = tidemark::run_diff},
    Command{.name = "suspects",
            .arguments = "DUMP [DUMP...]",
            .summary = "what probably leaks, who holds it, and what a fix frees",
            .question = Question::kWhereIsIt,
            .run = tidemark::run_suspects},
    Command{.name = "retainers",
            .arguments = "DUMP OBJECT",
            .summary = "why an object is alive: paths, dominators, referrers",
            .question = Question::kWhereIsIt,
            .run = tidemark::run_retainers},
    Command{.name = "reproduce",
            .arguments = "[--url URL...] -- CMD",
            .summary = "start the app, load it, measure, and name the leak: all in one run",
            .question = Question::kMakeItHappen,
            .run = tidemark::run_reproduce},
    Command{.name = "simulate",
            .arguments = "",
            .summary = "memory of threads and requests over time, and its high-water mark",
            .question = Question::kWhatFits,
            .run = tidemark::run_simulate},
    Command{
        .name = "run",
        .arguments = "-- COMMAND",
        .summary = "keep worker processes healthy: scale, replace before the quota, lose nothing",
        .question = Question::kStayUp,
        .run = tidemark::run_run},
    Command{
        .name = "status",
        .arguments = "[NAME]",
        .summary = "the workers that a running `tidemark run` keeps, and why it did what it did",
        .question = Question::kStayUp,
        .run = tidemark::run_status},
    Command{.name = "size",
            .arguments = "[SERIES]",
            .summary = "workers and threads for a quota, with the odds of passing it",
            .question = Question::kWhatFits,
            .run = tidemark::run_size},
    Command{.name = "schema",
            .arguments = "",
            .summary = "what the documents of --format json hold, for programs that read them",
            .question = Question::kAboutTidemark,
            .run = tidemark::run_schema},
    Command{.name = "help",
            .arguments = "[COMMAND]",
            .summary = "this list, or the help of one command",
            .question = Question::kAboutTidemark,
            .run = tidemark::run_help},
};

}  // namespace

int main(int argc, char** argv) {
  tidemark::guard_standard_streams();
  tidemark::add_remote_scheme({.prefix = "s3://",
                               .form = "s3://BUCKET/KEY (an object in S3 or what is compatible)",
                               .opener = tidemark::open_s3_source});
  return tidemark::run_command_line(
      kCommands, std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
