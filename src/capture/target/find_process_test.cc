#include "capture/target/find_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

constexpr HiddenProcesses kNobodyAnswers = {
    .runtime_of = [](const ProcessStatus&) -> std::optional<RuntimeKind> { return std::nullopt; },
    .remedy = [] { return std::string(); }};

TEST(FindProcess, AProgramIsCalledByManyNames) {
  const std::vector<std::string> titled = {"puma: cluster worker 0: 17 [shop]"};
  EXPECT_TRUE(means_process("puma", "ruby", titled, "/usr/bin/ruby3.1"));
  EXPECT_TRUE(means_process("shop", "ruby", titled, "/usr/bin/ruby3.1"));
  EXPECT_TRUE(means_process("ruby3.1", "x", titled, "/usr/bin/ruby3.1"));
  EXPECT_FALSE(means_process("worker", "ruby", titled, "/usr/bin/ruby3.1"));
  const std::vector<std::string> script = {"node", "--max-old-space-size=512", "/srv/app/server.js",
                                           "api"};
  EXPECT_TRUE(means_process("server.js", "node", script, "/usr/bin/node"));
  EXPECT_TRUE(means_process("/srv/app/server.js", "node", script, "/usr/bin/node"));
  EXPECT_TRUE(means_process("node", "MainThread", script, "/usr/bin/node"));
  EXPECT_FALSE(means_process("api", "node", script, "/usr/bin/node"));
  EXPECT_FALSE(means_process("serve", "node", script, "/usr/bin/node"));
  EXPECT_FALSE(means_process("puma", "node", {}, "/usr/bin/node"));
}

TEST(FindProcess, SecretsOfACommandLineAreHidden) {
  EXPECT_EQ(describe_command({"ruby", "app.rb", "--port", "80"}), "ruby app.rb --port 80");
  EXPECT_EQ(describe_command({"node", "--api-key=abc", "x.js"}), "node --api-key=[hidden] x.js");
  EXPECT_EQ(describe_command({"x", "--password", "hunter2", "-v"}), "x --password [hidden] -v");
  EXPECT_EQ(describe_command({"x", "SECRET_TOKEN=abc"}), "x SECRET_TOKEN=[hidden]");
  EXPECT_EQ(describe_command({"x", "DATABASE_URL=postgres://u:p@h/d"}), "x DATABASE_URL=[hidden]");
  EXPECT_EQ(describe_command({"x", "postgres://u:p@h:5432/d"}), "x postgres://[hidden]@h:5432/d");
  EXPECT_EQ(describe_command({"puma", "(tcp://0.0.0.0:9292)"}), "puma (tcp://0.0.0.0:9292)");
  EXPECT_EQ(describe_command({}), "");
}

TEST(FindProcess, WhatDoesNotRunIsSaidWithWhatDoes) {
  const auto found = find_targets("no-such-program-anywhere", kNobodyAnswers);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(found.error().hint.empty());
  EXPECT_EQ(find_targets("2147483000", kNobodyAnswers).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(find_targets("99999999999999999999999", kNobodyAnswers).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(find_targets("1", kNobodyAnswers).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tidemark
