// What a command says beside its answer: errors and notices, in the form that was asked for.
//
// As text they go to standard error. Under --format json an error is a document on standard output
// (schema tidemark.error/2), and notices are part of the answer's own document.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/notice.h"
#include "base/result.h"
#include "report/style.h"
#include "report/text_sink.h"

namespace tidemark {

struct Messages {
  TextSink& out;       // standard output
  bool json = false;   // --format json was asked for
  bool quiet = false;  // no notices
  ColorMode color = ColorMode::kAuto;

  // Says the error; returns its exit code: `return context.messages.give_up(answer.error());`
  int give_up(const Error& error) const;
  void notices(std::span<const Notice> notices) const;
};

// Does the command line ask for JSON? Looked at before it is parsed, so that a mistake in it is
// said in JSON too.
bool asks_for_json(const std::vector<std::string>& arguments);

}  // namespace tidemark
