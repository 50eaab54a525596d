// What a user reads when a capture is not possible.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "capture/control_group.h"
#include "capture/live_process.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

constexpr const char* kIdle = "puts 'ready'; $stdout.flush; sleep";

TEST(CaptureRefusal, NoSuchProcess) {
  const Ran pid = tidemark("capture 2147483000");
  EXPECT_EQ(pid.code, 1);
  EXPECT_THAT(pid.err, HasSubstr("error: there is no process 2147483000"));
  const Ran name = tidemark("capture no-such-server");
  EXPECT_EQ(name.code, 1);
  EXPECT_THAT(name.err, HasSubstr("no Ruby or Node.js process is called 'no-such-server'"));
  EXPECT_EQ(tidemark("capture").code, 2);
  EXPECT_EQ(tidemark("capture 1 --kind nothing").code, 2);
}

TEST(CaptureRefusal, NeitherRubyNorNode) {
  const LiveProcess other({"bash", "-c", "echo ready; sleep 1000; true"}, "ready");
  const Ran ran = tidemark("capture " + other.name());
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("(bash) is neither Ruby nor Node.js"));
}

TEST(CaptureRefusal, AnotherUsersProcess) {
  SKIP_UNLESS_CAPTURE("ruby");
  if (geteuid() != 0 || !have("setpriv")) GTEST_SKIP() << "needs root to be somebody else";
  const LiveProcess ruby("ruby", kIdle);
  // A copy of the program that nobody may read as well.
  const Ran ran = shell(
      "D=$(mktemp -d); cp $TIDEMARK $D/tidemark; chmod 755 $D $D/tidemark; cd $D; "
      "setpriv --reuid=65534 --regid=65534 --clear-groups ./tidemark capture " +
      ruby.name() + " -o /tmp/none; C=$?; rm -r $D; exit $C");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("belongs to another user"));
  EXPECT_THAT(ran.err, HasSubstr("sudo"));
}

TEST(CaptureRefusal, OneThatIsBeingDebugged) {
  SKIP_UNLESS_CAPTURE("ruby");
  if (!have("strace")) GTEST_SKIP() << "not here: strace";
  const LiveProcess ruby("ruby", kIdle);
  const Ran ran =
      shell("strace -qq -o /dev/null -p " + ruby.name() + " & S=$!; sleep 1; $TIDEMARK capture " +
            ruby.name() + "; C=$?; kill $S; exit $C");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("is attached to it"));
  EXPECT_TRUE(ruby.alive());
}

TEST(CaptureRefusal, OneThatSleeps) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kIdle);
  kill(ruby.pid(), SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const Ran ran = tidemark("capture " + ruby.name() + " -o '" + (ruby.folder() / "d") + "'");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("asleep by SIGSTOP"));
  EXPECT_THAT(ran.err, HasSubstr("kill -CONT"));
  kill(ruby.pid(), SIGCONT);
  EXPECT_TRUE(ruby.alive());
}

TEST(CaptureRefusal, AFullDiskAndAFolderThatIsNotThere) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kIdle);
  const Traces before = ruby.traces();
  const Ran full = tidemark("capture " + ruby.name() + " --plain -o /dev/full");
  EXPECT_EQ(full.code, 1);
  EXPECT_THAT(full.err, HasSubstr("/dev/full: cannot write: No space left on device"));
  const Ran nowhere = tidemark("capture " + ruby.name() + " -o /nowhere/d");
  EXPECT_EQ(nowhere.code, 1);
  EXPECT_THAT(nowhere.err, HasSubstr("cannot create"));
  // A reader that goes away in the middle.
  const Ran gone =
      shell("$TIDEMARK capture " + ruby.name() + " --plain -o - | head -c 1000 >/dev/null");
  EXPECT_NE(gone.code, 0);
  EXPECT_TRUE(ruby.childless());
  EXPECT_EQ(ruby.traces(), before);
}

TEST(CaptureRefusal, ADryRunTouchesNothing) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kIdle);
  const std::string maps = read_file("/proc/" + ruby.name() + "/maps");
  const Ran ran = tidemark("capture " + ruby.name() + " --dry-run");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Nothing was touched."));
  EXPECT_EQ(read_file("/proc/" + ruby.name() + "/maps"), maps);
}

TEST(Doctor, SaysWhatIsPossible) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kIdle);
  const Ran ran = tidemark("doctor " + ruby.name());
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const std::string& line : lines_of(ran.out)) EXPECT_LE(line.size(), 100U) << line;
  EXPECT_THAT(ran.out, HasSubstr("Next: tidemark capture " + ruby.name()));
  const auto json = tidemark_json("doctor " + ruby.name());
  EXPECT_EQ(json["schema"], "tidemark.doctor_target/2");
  EXPECT_EQ(json["process"]["pid"], ruby.pid());
  EXPECT_EQ(json["methods"][0]["method"], "fork");
  EXPECT_EQ(json["methods"][0]["possible"], true);
  bool listed = false;
  const auto all = tidemark_json("doctor");
  EXPECT_EQ(all["schema"], "tidemark.doctor/2");
  for (const auto& process : all["processes"]) listed |= process["pid"] == ruby.pid();
  EXPECT_TRUE(listed);
}

// Half as much again as the app uses: the dump does not fit by the estimate, and is refused
// before anything is touched; with --force the watch ends the copy, not the kernel the app.
TEST(CaptureRefusal, NotEnoughMemory) {
  SKIP_UNLESS_CAPTURE("node");
  const ControlGroupForTest group;
  if (!group.made()) GTEST_SKIP() << "no control group of our own can be made here";
  const LiveProcess node(
      {"bash", "-c",
       group.join() + "exec node -e \"globalThis.k=Array.from({length:400000},"
                      "(_,i)=>({i,s:'x'+i}));setInterval(()=>{},20);console.log('ready')\""},
      "ready");
  group.limit(group.used() + group.used() / 2);
  // From within, where a copy counts in the same group.
  const std::string capture = group.join() + "$TIDEMARK capture " + node.name() +
                              " --method fork -o '" + (node.folder() / "d") + "'";
  const Ran refused = shell(capture);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("needs about"));
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  const Ran forced = shell(capture + " --force -q");
  EXPECT_EQ(forced.code, 1);
  EXPECT_THAT(forced.err, HasSubstr("the process itself is unharmed"));
  EXPECT_TRUE(node.alive());
  EXPECT_TRUE(node.childless());
  EXPECT_FALSE(std::filesystem::exists(node.folder() / "d"));
}

}  // namespace
}  // namespace tidemark
