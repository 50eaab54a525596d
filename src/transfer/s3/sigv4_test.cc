// The examples of AWS's own documentation ("Examples: Signature Calculations" of Amazon S3).
#include "transfer/s3/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

using testing::HasSubstr;

const AwsCredentials kExample = {.access_key = "AKIAIOSFODNN7EXAMPLE",
                                 .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                 .session_token = {}};

std::string authorization(AwsRequest request, const AwsCredentials& credentials = kExample) {
  request.host = "examplebucket.s3.amazonaws.com";
  if (request.body_hash.empty()) request.body_hash = sha256_hex({});
  const auto headers =
      sign_aws_request(request, credentials, "us-east-1", "s3", "20130524T000000Z");
  return headers.back().second;
}

TEST(SigV4, AGetWithARange) {
  EXPECT_EQ(authorization({.method = "GET",
                           .host = {},
                           .path = "/test.txt",
                           .query = {},
                           .headers = {{"Range", "bytes=0-9"}},
                           .body_hash = {}}),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, APutWithAStrangeNameAndAHeader) {
  EXPECT_THAT(
      authorization({.method = "PUT",
                     .host = {},
                     .path = "/test$file.text",
                     .query = {},
                     .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                 {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                     .body_hash = sha256_hex(std::string_view("Welcome to Amazon S3."))}),
      HasSubstr("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(SigV4, AQueryWithoutAndWithValues) {
  EXPECT_THAT(
      authorization({.method = "GET",
                     .host = {},
                     .path = "/",
                     .query = {{"lifecycle", ""}},
                     .headers = {},
                     .body_hash = {}}),
      HasSubstr("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  EXPECT_THAT(
      authorization({.method = "GET",
                     .host = {},
                     .path = "/",
                     .query = {{"prefix", "J"}, {"max-keys", "2"}},
                     .headers = {},
                     .body_hash = {}}),
      HasSubstr("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(SigV4, ATokenIsSentAndSigned) {
  AwsCredentials credentials = kExample;
  credentials.session_token = "token";
  EXPECT_THAT(
      authorization(
          {.method = "GET", .host = {}, .path = "/", .query = {}, .headers = {}, .body_hash = {}},
          credentials),
      HasSubstr("x-amz-date;x-amz-security-token,"));
}

TEST(SigV4, EncodesAsTheSignatureHasIt) {
  EXPECT_EQ(url_encode("a b/c+d=\xc3\xa4~", true), "a%20b/c%2Bd%3D%C3%A4~");
  EXPECT_EQ(url_encode("a/b", false), "a%2Fb");
  EXPECT_EQ(aws_query({{"uploads", ""}}), "uploads=");
  EXPECT_EQ(aws_query({{"b", "2"}, {"a", "x/y"}}), "a=x%2Fy&b=2");
}

}  // namespace
}  // namespace tidemark
