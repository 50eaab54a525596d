// Captures of processes in containers of this host, from outside: pid, mount and net namespaces of
// their own, with a runtime whose files exist only in there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/live_process.h"
#include "support/places.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

const std::string kUnshare = "unshare --mount --pid --net --fork --kill-child ";

// A process whose program lies on a file system that is mounted in its own namespace alone.
class Contained {
 public:
  // `copy` puts the runtime into "$INNER"; `run` starts it on "$SCRIPT".
  Contained(const std::string& copy, const std::string& run, const std::string& script)
      : outside_({"bash", "-c",
                  "D=$(mktemp -d); export INNER=$D/inner SCRIPT=$D/script; mkdir $INNER; trap 'rm "
                  "-rf $D' EXIT\n"
                  "cat >$SCRIPT <<'END'\n" +
                      script + "\nEND\n" + kUnshare + "bash -ec 'mount -t tmpfs none $INNER; " +
                      copy + "; cd $INNER; exec " + run + "'"},
                 "ready") {
    // bash, unshare, and what it has forked
    for (pid_ = outside_.pid();;) {
      const std::string children = read_file("/proc/" + std::to_string(pid_) + "/task/" +
                                             std::to_string(pid_) + "/children");
      if (children.empty()) break;
      pid_ = std::stoi(children);
    }
  }
  ~Contained() { kill(pid_, SIGKILL); }
  Contained(const Contained&) = delete;
  Contained& operator=(const Contained&) = delete;

  [[nodiscard]] const TemporaryFolder& folder() const { return outside_.folder(); }
  [[nodiscard]] const LiveProcess& outside() const { return outside_; }
  [[nodiscard]] std::string pid() const { return std::to_string(pid_); }
  [[nodiscard]] std::string inside() const {
    return shell("awk '/^NSpid/ {print $NF}' /proc/" + pid() + "/status").out;
  }
  [[nodiscard]] bool childless() const {
    return read_file("/proc/" + pid() + "/task/" + pid() + "/children").empty();
  }

 private:
  LiveProcess outside_;
  pid_t pid_ = 0;
};

void capture_contained(const Contained& process) {
  EXPECT_EQ(process.inside(), "1\n");
  for (int i = 0; i < 3; ++i) {
    const std::string dump = process.folder() / ("d" + std::to_string(i));
    const Ran ran = tidemark("capture " + process.pid() + " --method fork -q -o '" + dump + "'");
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(instances(dump, "PrimeThing"), 1009);
  }
  EXPECT_EQ(tidemark("capture " + process.pid() + " --kind gc-stats -q -o /dev/null").code, 0);
  EXPECT_THAT(tidemark("doctor " + process.pid()).out, HasSubstr("namespaces of its own"));
  EXPECT_TRUE(process.childless());
  EXPECT_TRUE(process.outside().prints("still here"));
}

#define SKIP_WITHOUT_NAMESPACES           \
  if (shell(kUnshare + "true").code != 0) \
  GTEST_SKIP() << "no namespaces of our own can be made here"

TEST(Namespaces, Ruby) {
  SKIP_UNLESS_CAPTURE("ruby");
  SKIP_WITHOUT_NAMESPACES;
  const Contained ruby(
      "cd $INNER; cp $(readlink -f $(command -v ruby)) ruby; ldd ruby | grep -o \"/[^ ]*libruby[^ "
      "]*\" | xargs -r -I{} cp -L {} .",
      "env LD_LIBRARY_PATH=$INNER ./ruby $SCRIPT",
      "class PrimeThing; end\nKEEP = Array.new(1_009) { PrimeThing.new }\nputs 'ready'; "
      "$stdout.flush\n"
      "loop { sleep 0.5; puts 'still here'; $stdout.flush }");
  EXPECT_THAT(read_file("/proc/" + ruby.pid() + "/maps"), HasSubstr("/inner/"));
  capture_contained(ruby);
}

TEST(Namespaces, Node) {
  SKIP_UNLESS_CAPTURE("node");
  SKIP_WITHOUT_NAMESPACES;
  const Contained node("cp $(readlink -f $(command -v node)) $INNER/node", "./node $SCRIPT",
                       "class PrimeThing {}\nglobalThis.keep = Array.from({ length: 1009 }, () => "
                       "new PrimeThing());\n"
                       "setInterval(() => console.log('still here'), 500); console.log('ready');");
  EXPECT_THAT(read_file("/proc/" + node.pid() + "/maps"), HasSubstr("/inner/"));
  capture_contained(node);
}

}  // namespace
}  // namespace tidemark
