#include "cli/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "cli/exit_code.h"

namespace tidemark {
namespace {

TEST(Output, WritesAndKeepsTheExitCode) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  std::FILE* file = fdopen(ends[1], "w");
  {
    Output out(file);
    out.write("30011 ");
    out.write("objects\n");
    EXPECT_EQ(out.finish(kExitFound), kExitFound);
  }
  std::fclose(file);
  std::array<char, 64> buffer{};
  const ssize_t got = read(ends[0], buffer.data(), buffer.size());
  EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(got)), "30011 objects\n");
  close(ends[0]);
}

TEST(Output, AReaderWhoLeavesIsNoError) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  close(ends[0]);
  std::FILE* file = fdopen(ends[1], "w");
  testing::internal::CaptureStderr();
  {
    Output out(file);
    out.write("text");
    EXPECT_FALSE(out.closed());
    out.flush();
    EXPECT_TRUE(out.closed());
    out.write(std::string(1 << 20, 'x'));
    EXPECT_EQ(out.finish(kExitDone), kExitDone);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  std::fclose(file);
}

TEST(Output, AFullDiskIsAnError) {
  std::FILE* file = std::fopen("/dev/full", "we");
  if (file == nullptr) GTEST_SKIP() << "no /dev/full here";
  testing::internal::CaptureStderr();
  {
    Output out(file);
    out.write("text");
    EXPECT_EQ(out.finish(kExitDone), kExitFailed);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "tidemark: error: standard output: cannot write: No space left on device\n");
  std::fclose(file);
}

}  // namespace
}  // namespace tidemark
