#include "analysis/packages.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Packages, KnowsGemsWhereverTheyAreInstalled) {
  EXPECT_EQ(package_of("/usr/share/rubygems-integration/all/gems/rouge-3.30.0/lib/rouge.rb"),
            "rouge 3.30.0");
  EXPECT_EQ(package_of("/app/vendor/bundle/ruby/3.2.0/gems/aws-sdk-s3-1.120.0/lib/a.rb"),
            "aws-sdk-s3 1.120.0");
  EXPECT_EQ(package_of("/usr/lib/ruby/gems/3.1.0/gems/rake-13.0.6/lib/rake.rb"), "rake 13.0.6");
  EXPECT_EQ(package_of("/app/vendor/bundle/ruby/3.2.0/bundler/gems/rails-a1b2c3d4e5f6/x/y.rb"),
            "rails");
}

TEST(Packages, KnowsTheStandardLibrary) {
  EXPECT_EQ(package_of("/usr/lib/ruby/3.1.0/json/common.rb"), "ruby stdlib: json");
  EXPECT_EQ(package_of("/usr/local/lib/ruby/3.3.0/set.rb"), "ruby stdlib: set");
  EXPECT_EQ(package_of("/usr/lib/ruby/vendor_ruby/puma/server.rb"), "puma");
  EXPECT_EQ(package_of("<internal:kernel>"), "ruby core");
}

TEST(Packages, KnowsNodeModules) {
  EXPECT_EQ(package_of("/srv/node_modules/express/lib/router.js"), "npm: express");
  EXPECT_EQ(package_of("/srv/node_modules/a/node_modules/@scope/b/index.js"), "npm: @scope/b");
  EXPECT_EQ(package_of("node:internal/timers"), "node core");
}

TEST(Packages, TakesTheRestForTheApp) {
  EXPECT_EQ(package_of("app/request_audit.rb"), "app");
  EXPECT_EQ(package_of("/srv/gems/notes.rb"), "app");
  EXPECT_EQ(package_of(""), "");
}

}  // namespace
}  // namespace tidemark
