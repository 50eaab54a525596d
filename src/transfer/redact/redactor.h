// Takes the contents out of a heap dump as it streams by, and leaves the graph: every object, every
// reference, every size stays; what strings say goes.
//
// Ruby dumps: every "value" (strings, symbols made at run time, floats). Dropped, it reads
// "redacted":true; salted, "value":"~5f1c..", where equal contents have equal names, so that
// duplicates still show. What stays are names of the code: classes, methods, files, instance
// variables.
//
// V8 snapshots have one table for all strings. Those stay that the code is made of: names of
// classes, functions, scripts and variables, and names of properties that look like a programmer's
// (identifiers of at most 40 letters, with at most 4 digits), because objects serve as dictionaries
// too, whose keys are contents. All others become "(redacted 17)" or "~5f1c..".
//
// What remains can still say something: how many objects there are, how long texts are, and which
// are equal; and a key like "alice" looks like a programmer's name.
//
// Memory: a few hundred bytes; for V8 a byte for each different string in addition. Any split of
// the input into pieces gives the same output.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "transfer/byte_sink.h"
#include "transfer/redact/salted_name.h"

namespace tidemark {

struct Redaction {
  std::optional<Salt> salt;  // none: dropped
};

// Not thread-safe.
class Redactor {
 public:
  Redactor() = default;
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;
  virtual ~Redactor() = default;

  // Appends to `out` what may go out. Errors: kDamaged when the input is not of the form that is
  // expected: nothing of it goes out unredacted. The first error sticks.
  virtual Result<void> push(std::span<const char> in, std::string& out) = 0;
  // The input has ended.
  virtual Result<void> finish(std::string& out) = 0;
};

std::unique_ptr<Redactor> ruby_redactor(const Redaction& redaction);
std::unique_ptr<Redactor> v8_redactor(const Redaction& redaction);

// Does the name of a property look like one that a programmer has given?
bool looks_like_code(std::string_view name);

// A sink that redacts what goes into `next`.
std::unique_ptr<ByteSink> redacting_sink(std::unique_ptr<Redactor> redactor,
                                         std::unique_ptr<ByteSink> next);

}  // namespace tidemark
