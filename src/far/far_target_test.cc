#include "far/far_target.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using Words = std::vector<std::string>;

TEST(FarTarget, SshHasUserPortAndProcess) {
  const auto target = parse_far_target("ssh://shop@10.0.0.3:2222/puma");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->program, (Words{"ssh", "-T", "-p", "2222", "-l", "shop", "--", "10.0.0.3"}));
  EXPECT_EQ(target->process, "puma");
  EXPECT_EQ(target->place, "ssh://shop@10.0.0.3:2222");
  EXPECT_EQ(target->with_process("7"), "ssh://shop@10.0.0.3:2222/7");
}

TEST(FarTarget, SshKnowsAddressesInBrackets) {
  const auto target = parse_far_target("ssh://[::1]:22/1");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->program, (Words{"ssh", "-T", "-p", "22", "--", "::1"}));
}

TEST(FarTarget, NothingBecomesAnOptionOfAnotherProgram) {
  for (const char* word :
       {"ssh://-oProxyCommand=x/1", "ssh://-x@h/1", "docker://-it/1", "kube://-n/pod",
        "kube://ns/--x", "heroku://-a/web.1", "ssh://h/-x", "ssh://", "ssh:///puma", "ssh://h:0x/1",
        "ssh://h:99999", "docker://", "kube://ns", "kube://ns/pod?image=x", "ssh://a b/1"}) {
    EXPECT_FALSE(parse_far_target(word)) << word;
  }
}

TEST(FarTarget, KubeTakesContextContainerAndImage) {
  const auto target = parse_far_target("kube://me@cluster@shop/web-1/app/puma");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->program, (Words{"kubectl", "--context=me@cluster", "exec", "-i", "-n", "shop",
                                    "web-1", "-c", "app", "--"}));
  EXPECT_EQ(target->process, "puma");
  const auto pod = parse_far_target("kube://shop/web-1");
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->with_process("7"), "kube://shop/web-1//7");
  const auto debug = parse_far_target("kube://shop/web-1/app/1?debug=busybox");
  ASSERT_TRUE(debug);
  EXPECT_EQ(debug->program[1], "debug");
  EXPECT_EQ(debug->with_process("7"), "kube://shop/web-1/app/7?debug=busybox");
}

TEST(FarTarget, ComposeAndHerokuUseTheirPrograms) {
  EXPECT_EQ(parse_far_target("compose://web/puma")->program,
            (Words{"docker", "compose", "exec", "-T", "web"}));
  const auto heroku = parse_far_target("heroku://shop/web.1/puma");
  ASSERT_TRUE(heroku);
  EXPECT_TRUE(heroku->text_only);
  EXPECT_EQ(heroku->process, "puma");
}

}  // namespace
}  // namespace tidemark
