// Every command's function, for the table in main.cc. Each is defined in cmd_<name>.cc.
#pragma once

#include "cli/command.h"

namespace tidemark {

int run_capture(const CommandContext& context);
int run_diff(const CommandContext& context);
int run_doctor(const CommandContext& context);
int run_help(const CommandContext& context);
int run_reproduce(const CommandContext& context);
int run_retainers(const CommandContext& context);
int run_schema(const CommandContext& context);
int run_run(const CommandContext& context);
int run_status(const CommandContext& context);
int run_suspects(const CommandContext& context);
int run_simulate(const CommandContext& context);
int run_size(const CommandContext& context);
int run_summary(const CommandContext& context);
int run_verdict(const CommandContext& context);
int run_watch(const CommandContext& context);

}  // namespace tidemark
