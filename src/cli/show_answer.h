// The last step of a command: shows its answer in the format that was asked for, or why there is
// none.
#pragma once

#include "base/result.h"
#include "cli/command.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "report/json_document.h"

namespace tidemark {

// `text`: the answer as text. Returns the exit code, which is kExitDone where there is an answer.
template <class Answer, class Text>
int show(const CommandContext& context, const CommonOptions& common, const Result<Answer>& answered,
         const Text& text) {
  if (!answered) return context.messages.give_up(answered.error());
  context.messages.notices(answered->notices);
  if (common.format == OutputFormat::kJson) {
    write_json(context.out, *answered, common.limit);
  } else {
    context.out.write(text(*answered));
  }
  return kExitDone;
}

}  // namespace tidemark
