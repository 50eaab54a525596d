#include "host/process_name.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tidemark {
namespace {

TEST(ProcessName, NamesAsUsersSayThem) {
  const auto named = [](std::vector<std::string> arguments, std::string_view name) {
    return goes_by({.command = "ruby", .arguments = std::move(arguments)}, name);
  };
  EXPECT_TRUE(named({"puma: cluster worker 0: 17 [app]"}, "puma"));
  EXPECT_TRUE(named({"/usr/bin/ruby3.1", "-W0", "/srv/app/bin/rails", "server"}, "rails"));
  EXPECT_TRUE(named({"node", "server.js"}, "server.js"));
  EXPECT_TRUE(named({"x"}, "ruby"));
  EXPECT_FALSE(named({"vim", "puma.rb"}, "puma"));
  EXPECT_FALSE(named({"bash", "-c", "tidemark watch puma"}, "puma"));
  EXPECT_FALSE(named({}, "ruby"));
}

TEST(ProcessName, AProgramIsCalledByManyNames) {
  const auto named = [](std::string_view name, std::string command,
                        std::vector<std::string> arguments, std::string_view executable) {
    const ProcessInfo process{.command = std::move(command), .arguments = std::move(arguments)};
    return goes_by(process, name, executable, true);
  };
  const std::vector<std::string> titled = {"puma: cluster worker 0: 17 [shop]"};
  EXPECT_TRUE(named("puma", "ruby", titled, "/usr/bin/ruby3.1"));
  EXPECT_TRUE(named("shop", "ruby", titled, "/usr/bin/ruby3.1"));
  EXPECT_TRUE(named("ruby3.1", "x", titled, "/usr/bin/ruby3.1"));
  EXPECT_FALSE(named("worker", "ruby", titled, "/usr/bin/ruby3.1"));
  const std::vector<std::string> script = {"node", "--max-old-space-size=512", "/srv/app/server.js",
                                           "api"};
  EXPECT_TRUE(named("server.js", "node", script, "/usr/bin/node"));
  EXPECT_TRUE(named("/srv/app/server.js", "node", script, "/usr/bin/node"));
  EXPECT_TRUE(named("node", "MainThread", script, "/usr/bin/node"));
  EXPECT_FALSE(named("api", "node", script, "/usr/bin/node"));
  EXPECT_FALSE(named("serve", "node", script, "/usr/bin/node"));
  EXPECT_FALSE(named("puma", "node", {}, "/usr/bin/node"));
}

TEST(ProcessName, SecretsOfACommandLineAreHidden) {
  EXPECT_EQ(describe_command({"ruby", "app.rb", "--port", "80"}), "ruby app.rb --port 80");
  EXPECT_EQ(describe_command({"node", "--api-key=abc", "x.js"}), "node --api-key=[hidden] x.js");
  EXPECT_EQ(describe_command({"x", "--password", "hunter2", "-v"}), "x --password [hidden] -v");
  EXPECT_EQ(describe_command({"x", "SECRET_TOKEN=abc"}), "x SECRET_TOKEN=[hidden]");
  EXPECT_EQ(describe_command({"x", "DATABASE_URL=postgres://u:p@h/d"}), "x DATABASE_URL=[hidden]");
  EXPECT_EQ(describe_command({"x", "postgres://u:p@h:5432/d"}), "x postgres://[hidden]@h:5432/d");
  EXPECT_EQ(describe_command({"puma", "(tcp://0.0.0.0:9292)"}), "puma (tcp://0.0.0.0:9292)");
  EXPECT_EQ(describe_command({}), "");
}

}  // namespace
}  // namespace tidemark
