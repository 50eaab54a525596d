#include "host/local_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

using std::chrono::milliseconds;

TEST(LocalHost, ReadsWhatIsThere) {
  const Host& here = this_machine();
  EXPECT_EQ(here.name(), "this machine");
  EXPECT_THAT(here.processes(), testing::Contains(getpid()));
  EXPECT_GT(here.uptime_seconds(), 0);
  EXPECT_EQ(here.read_file("/proc/self/comm", 4)->size(), 4);
  EXPECT_EQ(here.read_file("/proc/none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(here.list_folder("/proc/none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(here.read_link("/proc/none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(here.read_file("/proc").error().code, ErrorCode::kIo);
  EXPECT_FALSE(here.read_link("/proc/self/exe")->empty());
}

TEST(LocalHost, OfAnotherRoot) {
  const TemporaryFolder folder;
  write_file(folder / "file", "text");
  const LocalHost host(folder.path());
  EXPECT_EQ(*host.read_file("/file"), "text");
  EXPECT_THAT(*host.list_folder("/"), testing::ElementsAre("file"));
  EXPECT_THAT(host.processes(), testing::IsEmpty());
}

TEST(LocalHost, RunsAHelper) {
  const auto ran =
      this_machine().run({"sh", "-c", "echo out; echo err >&2; cat; exit 7"}, milliseconds(20000));
  ASSERT_TRUE(ran);
  EXPECT_EQ(ran->output, "out\n");
  EXPECT_EQ(ran->exit_code, 7);
  EXPECT_EQ(this_machine().run({"sh", "-c", "kill -TERM $$"}, milliseconds(20000))->exit_code,
            128 + 15);
  EXPECT_EQ(this_machine().run({"tidemark-no-such-program"}, milliseconds(20000)).error().code,
            ErrorCode::kNotFound);
}

TEST(LocalHost, AHelperThatIsNotDoneInTimeIsKilledWithItsChildren) {
  const double begin = steady_seconds();
  const auto late = this_machine().run({"sh", "-c", "sleep 60 & sleep 60"}, milliseconds(100));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kIo);
  EXPECT_LT(steady_seconds() - begin, 30);
  // One that closes its output and goes on is late as well.
  EXPECT_FALSE(this_machine().run({"sh", "-c", "exec >&-; sleep 60"}, milliseconds(100)));
}

TEST(LocalHost, KeepsTheBeginOfALongOutput) {
  const auto ran = this_machine().run({"head", "-c", "3000000", "/dev/zero"}, milliseconds(60000));
  ASSERT_TRUE(ran);
  EXPECT_EQ(ran->output.size(), Host::kMostFile);
}

}  // namespace
}  // namespace tidemark
