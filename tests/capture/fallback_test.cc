// What is done where the kernel refuses ptrace: the next way, by name, and in the end clear words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/live_process.h"
#include "support/places.h"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kRuby = R"(
  class PrimeThing; end
  KEEP = Array.new(1_009) { PrimeThing.new }
  at_exit { puts "at_exit ran"; $stdout.flush }
  trap("USR2") { puts "constants #{Object.constants.grep(/Tidemark/).size} threads #{Thread.list.size}"; $stdout.flush }
  Thread.new { loop { sleep 0.005; Array.new(200) { Object.new } } }
  puts "ready"; $stdout.flush
  sleep
)";

std::string our_file() { return "-r" + in_source("src/preload/ruby/capture.rb"); }

bool have_rbtrace() { return shell("ruby -rrbtrace -e 1").code == 0; }

#define SKIP_WITHOUT_RBTRACE   \
  SKIP_UNLESS_CAPTURE("ruby"); \
  if (!have_rbtrace()) GTEST_SKIP() << "not here: the gem rbtrace"

// A script with options for ruby.
std::vector<std::string> ruby_with(const LiveProcess& folder, std::vector<std::string> options) {
  const std::string path = folder.folder() / "app.rb";
  write_file(path, kRuby);
  options.insert(options.begin(), "ruby");
  options.push_back(path);
  return options;
}

TEST(Fallback, ByTheGemRbtraceWherePtraceIsRefused) {
  SKIP_WITHOUT_RBTRACE;
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  const LiveProcess ruby(ruby_with(folder, {"-rrbtrace"}), "ready");
  // The gem opens its own socket and queue at its first use.
  const std::string dump = folder.folder() / "dump";
  const std::string capture =
      "$TIDEMARK capture " + ruby.name() + " --format json -o '" + dump + "'";
  ASSERT_EQ(shell_without_ptrace(capture).code, 0);
  const Traces before = ruby.traces();
  const Ran ran = shell_without_ptrace(capture);
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("not by fork: a seccomp filter"));
  const auto json = nlohmann::json::parse(ran.out, nullptr, false);
  EXPECT_EQ(json["method"], "rbtrace");
  EXPECT_GT(json["pause_milliseconds"], 0.0);
  EXPECT_EQ(instances(dump, "PrimeThing"), 1009);
  const Ran numbers =
      shell_without_ptrace("$TIDEMARK capture " + ruby.name() + " --kind gc-stats --plain -q -o -");
  EXPECT_THAT(numbers.out, HasSubstr("heap_live_slots")) << numbers.err;
  EXPECT_TRUE(ruby.childless());
  EXPECT_EQ(ruby.traces(), before);
  kill(ruby.pid(), SIGUSR2);
  EXPECT_TRUE(ruby.prints("constants 0 threads 2")) << ruby.output();
  EXPECT_THAT(ruby.output(), Not(HasSubstr("at_exit")));
  EXPECT_FALSE(std::filesystem::exists("/tmp/rbtrace-" + ruby.name() + ".sock"));
  // The gem removes its message queue when the process ends in peace.
  kill(ruby.pid(), SIGTERM);
  EXPECT_TRUE(ruby.prints("at_exit ran"));
}

TEST(Fallback, RbtraceThatIsTakenIsPassedOverForOurFile) {
  SKIP_WITHOUT_RBTRACE;
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  const LiveProcess ruby(ruby_with(folder, {"-rrbtrace", our_file()}), "ready");
  // Another client of the gem.
  const std::string name = "/tmp/rbtrace-" + ruby.name() + ".sock";
  const LiveProcess other({"ruby", "-rsocket", "-e",
                           "$s = Socket.new(:UNIX, :DGRAM); $s.bind(Socket.sockaddr_un('" + name +
                               "')); puts 'ready'; $stdout.flush; sleep"},
                          "ready");
  const std::string dump = folder.folder() / "dump";
  const Ran ran = shell_without_ptrace("$TIDEMARK capture " + ruby.name() + " -o '" + dump + "'");
  std::filesystem::remove(name);
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("not by fork: "));
  EXPECT_THAT(ran.err, HasSubstr("not by rbtrace: "));
  EXPECT_THAT(ran.out, HasSubstr("By preload: the process paused"));
  EXPECT_EQ(instances(dump, "PrimeThing"), 1009);
}

TEST(Fallback, WhereNothingIsPossibleEachWayIsNamedAndWhatWouldHelp) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kRuby);
  const Ran ran = shell_without_ptrace("$TIDEMARK capture " + ruby.name());
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("a seccomp filter or a container's security profile"));
  EXPECT_THAT(ran.err, HasSubstr("rbtrace: it has not loaded the gem"));
  EXPECT_THAT(ran.err, HasSubstr("preload: it has not loaded tidemark's file"));
  EXPECT_THAT(ran.err, HasSubstr("--cap-add SYS_PTRACE"));
  EXPECT_THAT(ran.err, HasSubstr("RUBYOPT=\"-r/"));
  EXPECT_TRUE(ruby.alive());
  const Ran doctor = shell_without_ptrace("$TIDEMARK doctor " + ruby.name());
  EXPECT_EQ(doctor.code, 0);
  EXPECT_THAT(doctor.out, HasSubstr("No method is possible"));
}

TEST(Fallback, NodeByItsInspector) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", "setInterval(() => {}, 20); console.log('ready');");
  const Ran ran = shell_without_ptrace("$TIDEMARK capture " + node.name() + " --format json -o '" +
                                       (node.folder() / "d") + "'");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("not by fork: a seccomp filter"));
  EXPECT_THAT(ran.out, HasSubstr("\"method\": \"inspector\""));
}

// As after a change of the user (a server that was started by root): the kernel shows nothing of
// it to its own user, and lets nobody of that user attach.
class Protected : public testing::Test {
 protected:
  // `options` for ruby, which belongs to nobody and is not dumpable; as that user, nobody.
  static std::vector<std::string> words(const LiveProcess& folder,
                                        std::vector<std::string> options) {
    const std::string protect =
        "require 'fiddle'; Fiddle::Function.new(Fiddle::Handle::DEFAULT"
        "['prctl'], [-Fiddle::TYPE_INT, -Fiddle::TYPE_LONG], "
        "Fiddle::TYPE_INT).call(4, 0)\n";
    const std::string path = folder.folder() / "app.rb";
    write_file(path, protect + kRuby);
    std::vector<std::string> all = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                    "env",     "HOME=/",        "ruby"};
    all.insert(all.end(), options.begin(), options.end());
    all.push_back(path);
    return all;
  }
  // As nobody, with a copy of the program that nobody can read.
  static Ran as_nobody(const std::string& arguments) {
    return shell(
        "D=$(mktemp -d); cp $TIDEMARK $D/tidemark; chmod 755 $D/tidemark; chmod 777 $D; cd $D; "
        "setpriv --reuid=65534 --regid=65534 --clear-groups ./tidemark " +
        arguments + "; C=$?; rm -r $D; exit $C");
  }
};

TEST_F(Protected, IsToldApartAndCapturedByRootOrByOurFile) {
  SKIP_UNLESS_CAPTURE("ruby");
  if (geteuid() != 0 || !have("setpriv")) GTEST_SKIP() << "needs root to be somebody else";
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  shell("chmod 755 '" + folder.folder().path() + "'; cp '" +
        in_source("src/preload/ruby/capture.rb") + "' '" + (folder.folder() / "capture.rb") +
        "'; chmod 644 '" + (folder.folder() / "capture.rb") + "'");
  {
    const LiveProcess plain(words(folder, {}), "ready");
    const Ran refused = as_nobody("capture " + plain.name());
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, HasSubstr("protects itself"));
    EXPECT_THAT(refused.err, HasSubstr("sudo"));
    EXPECT_THAT(refused.err, HasSubstr("RUBYOPT=\"-r/"));
    const std::string dump = plain.folder() / "d";
    EXPECT_EQ(tidemark("capture " + plain.name() + " -q -o '" + dump + "'").code, 0);
    EXPECT_EQ(instances(dump, "PrimeThing"), 1009);
  }
  const LiveProcess loaded(words(folder, {"-r" + (folder.folder() / "capture.rb")}), "ready");
  const Ran ran = as_nobody("capture " + loaded.name() + " --format json -o d");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("not by fork: the process protects itself"));
  EXPECT_THAT(ran.out, HasSubstr("\"method\": \"preload\""));
}

}  // namespace
}  // namespace tidemark
