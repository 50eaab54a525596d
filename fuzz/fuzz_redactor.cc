// Redacts the input as a Ruby dump and as a V8 snapshot, whole and in pieces, and checks that the
// pieces do not matter and that a marked content is gone.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "transfer/redact/redactor.h"

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz_redactor: broken: %s\n", what);
  std::abort();
}

struct Outcome {
  bool fine = false;
  std::string out;  // of no use, and not the same, when it is not fine
  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.fine == b.fine && (!a.fine || a.out == b.out);
  }
};

Outcome redact(tidemark::Redactor& redactor, std::span<const char> in, std::size_t piece) {
  Outcome outcome;
  bool fine = true;
  while (!in.empty() && fine) {
    const auto part = in.first(std::min(in.size(), piece));
    fine = redactor.push(part, outcome.out).has_value();
    in = in.subspan(part.size());
  }
  outcome.fine = fine && redactor.finish(outcome.out).has_value();
  return outcome;
}

using Make = std::unique_ptr<tidemark::Redactor> (*)(const tidemark::Redaction&);

void check(Make make, std::span<const char> in, const tidemark::Redaction& how) {
  const Outcome whole = redact(*make(how), in, in.size());
  for (const std::size_t piece : {1, 3, 64}) {
    require(redact(*make(how), in, piece) == whole, "an outcome that depends on the pieces");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span in(reinterpret_cast<const char*>(data), size);
  for (const Make make : {tidemark::ruby_redactor, tidemark::v8_redactor}) {
    check(make, in, {});
    check(make, in, {.salt = tidemark::Salt{3, 4}});
  }
  // Whatever came before it on lines of its own, a string's content goes.
  constexpr std::string_view kLine =
      "\n{\"address\":\"0x1\", \"type\":\"STRING\", \"value\":\"Hush, hush!\"}\n";
  if (std::string_view(in.data(), in.size()).find("Hush") != std::string_view::npos) return 0;
  const std::string with = std::string(in.begin(), in.end()) + std::string(kLine);
  const Outcome outcome = redact(*tidemark::ruby_redactor({}), with, with.size());
  require(outcome.fine && outcome.out.find("Hush") == std::string::npos, "a content that stays");
  return 0;
}
