#include "cli/print_error.h"

#include <gtest/gtest.h>

#include "cli/exit_code.h"

namespace tidemark {
namespace {

Error error_of(ErrorCode code, std::string message, std::string file = {}, std::string hint = {}) {
  return {.code = code,
          .message = std::move(message),
          .file = std::move(file),
          .offset = {},
          .hint = std::move(hint)};
}

TEST(PrintError, SaysWhatWhereAndWhatNext) {
  const Error error{.code = ErrorCode::kDamaged,
                    .message = "unexpected end of line",
                    .file = "heap.json",
                    .offset = 1234567,
                    .hint = "take the dump again"};
  EXPECT_EQ(format_error(error, TextStyle()),
            "tidemark: error: heap.json: unexpected end of line (at byte 1,234,567)\n"
            "  help: take the dump again\n");
}

TEST(PrintError, LeavesOutWhatIsUnknown) {
  EXPECT_EQ(format_error(error_of(ErrorCode::kUsage, "no"), TextStyle()), "tidemark: error: no\n");
  EXPECT_EQ(format_error(error_of(ErrorCode::kIo, "no", "-"), TextStyle()),
            "tidemark: error: standard input: no\n");
}

TEST(PrintError, HostileNamesAreEscaped) {
  EXPECT_EQ(format_error(error_of(ErrorCode::kIo, "no\x1b[2J", "a\nb", "x\ry"), TextStyle()),
            "tidemark: error: a\\nb: no\\x1b[2J\n  help: x\\ry\n");
}

TEST(PrintError, StoppingIsNoError) {
  EXPECT_EQ(format_error(error_of(ErrorCode::kCancelled, "cancelled"), TextStyle()),
            "tidemark: stopped before it was done; there is no answer\n");
}

TEST(PrintError, ExitCodesFollowTheKind) {
  EXPECT_EQ(exit_code_of(error_of(ErrorCode::kUsage, "no")), kExitUsage);
  EXPECT_EQ(exit_code_of(error_of(ErrorCode::kCancelled, "no")), kExitInterrupted);
  EXPECT_EQ(exit_code_of(error_of(ErrorCode::kDamaged, "no")), kExitFailed);
}

TEST(PrintError, GoesToStandardError) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(give_up(error_of(ErrorCode::kIo, "no"), ColorMode::kAlways), kExitFailed);
  print_warning("3 lines skipped", ColorMode::kNever);
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text,
            "\x1b[1mtidemark:\x1b[0m \x1b[31merror:\x1b[0m no\n"
            "tidemark: warning: 3 lines skipped\n");
}

}  // namespace
}  // namespace tidemark
