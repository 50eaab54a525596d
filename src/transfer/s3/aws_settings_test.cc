#include "transfer/s3/aws_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "support/temporary_folder.h"

namespace tidemark {
namespace {

class AwsSettingsTest : public testing::Test {
 protected:
  AwsSettingsTest() {
    variables_["HOME"] = folder_.path();
    std::filesystem::create_directory(folder_ / ".aws");
  }
  Result<AwsSettings> find() {
    return find_aws_settings([&](const char* name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    });
  }
  TemporaryFolder folder_;
  std::map<std::string, std::string> variables_;
};

TEST_F(AwsSettingsTest, TheEnvironmentComesFirst) {
  write_file(folder_ / ".aws/credentials",
             "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n");
  variables_["AWS_ACCESS_KEY_ID"] = "ENV";
  variables_["AWS_SECRET_ACCESS_KEY"] = "secret";
  variables_["AWS_DEFAULT_REGION"] = "eu-west-1";
  variables_["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9000/";
  const auto found = find();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->credentials.access_key, "ENV");
  EXPECT_EQ(found->region, "eu-west-1");
  EXPECT_EQ(found->endpoint, "http://127.0.0.1:9000");
}

TEST_F(AwsSettingsTest, FilesHaveProfiles) {
  write_file(
      folder_ / ".aws/credentials",
      "# mine\n[default]\naws_access_key_id=A\naws_secret_access_key=B\n\n"
      "[ work ]\r\naws_access_key_id = C \r\naws_secret_access_key = D=E\naws_session_token = T\n");
  write_file(folder_ / ".aws/config",
             "[default]\nregion = us-west-2\n[profile work]\nregion=eu-north-1\ns3 =\n  "
             "endpoint_url = nested\n");
  const auto first = find();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->credentials.access_key, "A");
  EXPECT_EQ(first->region, "us-west-2");
  variables_["AWS_PROFILE"] = "work";
  const auto work = find();
  ASSERT_TRUE(work);
  EXPECT_EQ(work->credentials.secret_key, "D=E");
  EXPECT_EQ(work->credentials.session_token, "T");
  EXPECT_EQ(work->region, "eu-north-1");
  EXPECT_EQ(work->endpoint, "");
}

TEST_F(AwsSettingsTest, NoneIsAnErrorThatSaysWhereItLooked) {
  const auto found = find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kUsage);
  EXPECT_THAT(found.error().message, testing::HasSubstr(folder_ / ".aws/credentials"));
}

TEST(S3AddressTest, IsABucketAndAKey) {
  const auto whole = parse_s3_address("s3://bucket/a/b", "name");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->bucket, "bucket");
  EXPECT_EQ(whole->key, "a/b");
  EXPECT_EQ(parse_s3_address("s3://bucket/a/", "name")->key, "a/name");
  EXPECT_EQ(parse_s3_address("s3://bucket", "name")->key, "name");
  for (const char* wrong : {"bucket/key", "s3://", "s3://UPPER/x", "s3://a/x", "http://bucket/x"}) {
    EXPECT_FALSE(parse_s3_address(wrong, "name")) << wrong;
  }
}

}  // namespace
}  // namespace tidemark
