#include "runtimes/runtime_kind.h"

#include <gtest/gtest.h>

#include <string>

namespace tidemark {
namespace {

TEST(RuntimeKind, EachHasAWordThatLeadsBackToIt) {
  for (const RuntimeKind kind : kAllRuntimes) {
    EXPECT_STRNE(runtime_name(kind), "");
    EXPECT_EQ(runtime_of_word(runtime_word(kind)), kind) << runtime_name(kind);
  }
  EXPECT_FALSE(runtime_of_word(""));
  EXPECT_FALSE(runtime_of_word("Ruby"));
}

TEST(RuntimeKind, IsGuessedFromTheProgramOrItsLibraries) {
  EXPECT_EQ(guess_runtime("/usr/bin/ruby3.1", {}), RuntimeKind::kRuby);
  EXPECT_EQ(guess_runtime("/opt/node-20/bin/node", {}), RuntimeKind::kNode);
  EXPECT_FALSE(guess_runtime("/usr/bin/python3", {}));
  Mapping library;
  library.path = "/usr/lib/libnode.so.108";
  EXPECT_EQ(guess_runtime("/usr/bin/app", std::span(&library, 1)), RuntimeKind::kNode);
  library.path = "/usr/lib/libruby-3.1.so.3.1";
  EXPECT_EQ(guess_runtime("/usr/sbin/passenger", std::span(&library, 1)), RuntimeKind::kRuby);
}

}  // namespace
}  // namespace tidemark
