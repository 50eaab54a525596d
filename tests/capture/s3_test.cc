// Objects in a server that checks every signature by AWS's rules, and misbehaves on request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "capture/live_process.h"
#include "support/places.h"
#include "transfer/s3/s3_sink.h"
#include "transfer/s3/s3_source.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

class S3Server {
 public:
  explicit S3Server(const std::string& modes = "")
      : process_({"bash", "-c",
                  "exec python3 " + in_source("tests/capture/s3_server.py") + " " + folder_.path() +
                      " " + modes},
                 "ready") {
    const std::string out = process_.output();
    if (out.starts_with("port ")) port_ = out.substr(5, out.find('\n') - 5);
  }
  [[nodiscard]] AwsSettings settings() const {
    return {.credentials = {.access_key = "TESTKEY",
                            .secret_key = "test/secret+key",
                            .session_token = {}},
            .region = "eu-west-3",
            .endpoint = endpoint()};
  }
  [[nodiscard]] std::string endpoint() const { return "http://127.0.0.1:" + port_; }
  [[nodiscard]] std::string object(const std::string& name) const {
    return read_file(folder_ / name);
  }
  [[nodiscard]] bool has(const std::string& name) const {
    return std::filesystem::exists(folder_ / name);
  }
  [[nodiscard]] std::string open_uploads() const { return object("open"); }
  [[nodiscard]] std::string environment() const {
    return "AWS_ACCESS_KEY_ID=TESTKEY AWS_SECRET_ACCESS_KEY=test/secret+key AWS_REGION=eu-west-3 "
           "AWS_ENDPOINT_URL=" +
           endpoint() + " ";
  }

 private:
  TemporaryFolder folder_;
  LiveProcess process_;
  std::string port_;
};

constexpr std::uint64_t kPart = 100'000;

std::string noise(std::size_t bytes) {
  std::mt19937_64 random(bytes);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

Result<void> store(const S3Server& server, const std::string& key, const std::string& content,
                   const Monitor* monitor = nullptr) {
  S3Options options;
  options.first_pause = std::chrono::milliseconds(1);
  options.first_part = kPart;
  options.metadata = {{"host", "  a   host "}, {"app", "shop"}};
  options.monitor = monitor;
  const auto sink = s3_sink(server.settings(), {.bucket = "bucket", .key = key}, options);
  for (std::size_t at = 0; at < content.size(); at += 33'333) {
    auto done = sink->write(
        std::span(content).subspan(at, std::min<std::size_t>(33'333, content.size() - at)));
    if (!done) return done;
  }
  return sink->finish();
}

TEST(S3, ObjectsOfEverySizeArriveSigned) {
  SKIP_UNLESS_CAPTURE("python3");
  const S3Server server;
  for (const std::size_t bytes :
       {0UL, 1UL, 99'999UL, 100'000UL, 100'001UL, 300'000UL, 1'234'567UL}) {
    const std::string content = noise(bytes);
    const auto done = store(server, "dumps/x", content);
    ASSERT_TRUE(done) << bytes << ": " << done.error().message;
    EXPECT_EQ(server.object("bucket__dumps__x"), content) << bytes;
  }
  EXPECT_EQ(server.open_uploads(), "");
  EXPECT_EQ(server.object("bucket__dumps__x.metadata"),
            "x-amz-meta-app: shop\nx-amz-meta-host: a   host \n");
}

TEST(S3, KeysMayHoldAnything) {
  SKIP_UNLESS_CAPTURE("python3");
  const S3Server server;
  for (const std::string key :
       {"a b+c=d&e?f#g%h~:@!$'()*,;[]", "\xc3\xa4\xe2\x82\xac", "a//b", "../x", "a/./b"}) {
    const auto done = store(server, key, "content of " + key);
    ASSERT_TRUE(done) << key << ": " << done.error().message;
    std::string name = "bucket__" + key;
    for (std::size_t at = 0; (at = name.find('/', at)) != std::string::npos;)
      name.replace(at, 1, "__");
    EXPECT_EQ(server.object(name), "content of " + key);
  }
}

TEST(S3, ChanceFailuresAreTriedAgain) {
  SKIP_UNLESS_CAPTURE("python3");
  const std::string content = noise(350'000);
  for (const char* mode : {"fail=4", "cut=4", "fail=2 cut=2"}) {
    const S3Server server(mode);
    const auto done = store(server, "x", content);
    ASSERT_TRUE(done) << mode << ": " << done.error().message;
    EXPECT_EQ(server.object("bucket__x"), content) << mode;
  }
}

TEST(S3, WhatCannotSucceedIsAborted) {
  SKIP_UNLESS_CAPTURE("python3");
  const S3Server server("broken");
  const auto done = store(server, "x", noise(350'000));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("S3 refuses: 500 InternalError"));
  EXPECT_EQ(server.open_uploads(), "") << "parts left behind are paid for";
  EXPECT_FALSE(server.has("bucket__x"));
  const S3Server late("late");
  const auto refused = store(late, "x", noise(350'000));
  ASSERT_FALSE(refused) << "an error inside a 200";
  EXPECT_THAT(refused.error().message, HasSubstr("too late"));
  EXPECT_EQ(late.open_uploads(), "");
}

TEST(S3, ADenialIsNotTriedAgain) {
  SKIP_UNLESS_CAPTURE("python3");
  const S3Server server("deny");
  const auto done = store(server, "x", "content");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().file, "s3://bucket/x");
  EXPECT_THAT(done.error().message, HasSubstr("403 AccessDenied: no"));
  EXPECT_THAT(done.error().hint, HasSubstr("s3:PutObject"));
  EXPECT_EQ(std::ranges::count(server.object("log"), '\n'), 1);
}

TEST(S3, AWrongSecretIsFoundOut) {
  SKIP_UNLESS_CAPTURE("python3");
  const S3Server server;
  AwsSettings settings = server.settings();
  settings.credentials.secret_key = "wrong";
  const auto sink = s3_sink(settings, {.bucket = "bucket", .key = "x"}, {});
  const auto done = sink->finish();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("SignatureDoesNotMatch"));
  EXPECT_THAT(done.error().hint, HasSubstr("secret key"));
  settings.credentials = {
      .access_key = "TEMPKEY", .secret_key = "other-secret", .session_token = "a/token=="};
  EXPECT_TRUE(s3_sink(settings, {.bucket = "bucket", .key = "y"}, {})->finish());
}

TEST(S3, ServersThatAreNotThereAndCancelling) {
  SKIP_UNLESS_CAPTURE("python3");
  AwsSettings nowhere = {.credentials = {.access_key = "A", .secret_key = "B", .session_token = {}},
                         .region = "x",
                         .endpoint = "http://127.0.0.1:1"};
  S3Options options;
  options.first_pause = std::chrono::milliseconds(1);
  const auto gone = s3_sink(nowhere, {.bucket = "bucket", .key = "x"}, options)->finish();
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().message, HasSubstr("cannot reach S3"));
  const S3Server server("slow");
  Monitor monitor;
  monitor.cancel();
  const auto cancelled = store(server, "x", noise(350'000), &monitor);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::kCancelled);
}

TEST(S3, PartsGrowAndMemoryDoesNot) {
  constexpr std::uint64_t kFirst = std::uint64_t{8} << 20;
  std::uint64_t total = 0;
  for (int part = 1; part <= 10'000; ++part) {
    const std::uint64_t bytes = s3_part_bytes(kFirst, part);
    EXPECT_GE(bytes, std::uint64_t{5} << 20);
    EXPECT_LE(bytes, std::uint64_t{64} << 20);
    total += bytes;
  }
  EXPECT_GT(total, 500'000'000'000U);
}

TEST(S3, ACaptureGoesThereWithoutADisk) {
  SKIP_UNLESS_CAPTURE("python3");
  SKIP_UNLESS_CAPTURE("ruby");
  const S3Server server;
  const LiveProcess ruby("ruby",
                         "class PrimeThing; end\nKEEP = Array.new(7_001) { PrimeThing.new }\nputs "
                         "'ready'; $stdout.flush; sleep");
  const Ran ran = shell(server.environment() + "$TIDEMARK capture " + ruby.name() +
                        " -o s3://bucket/dumps/one.zst");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("s3://bucket/dumps/one.zst"));
  write_file(ruby.folder() / "one", server.object("bucket__dumps__one.zst"));
  EXPECT_EQ(instances(ruby.folder() / "one", "PrimeThing"), 7'001);
  EXPECT_TRUE(server.has("bucket__dumps__one.zst.info.json"));
  EXPECT_THAT(server.object("bucket__dumps__one.zst.metadata"),
              HasSubstr("x-amz-meta-pid: " + ruby.name()));
  // Without credentials nothing is touched.
  const Ran none = shell("env -u AWS_ACCESS_KEY_ID HOME=/nowhere $TIDEMARK capture " + ruby.name() +
                         " -o s3://bucket/x");
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("no AWS credentials"));
}

// A place that breaks in the middle never hurts the target.
TEST(S3, ABrokenPlaceLeavesTheTargetAlone) {
  SKIP_UNLESS_CAPTURE("python3");
  SKIP_UNLESS_CAPTURE("ruby");
  const S3Server server("deny");
  const LiveProcess ruby("ruby", "puts 'ready'; $stdout.flush; sleep");
  const Traces before = ruby.traces();
  const Ran ran = shell(server.environment() + "$TIDEMARK capture " + ruby.name() +
                        " --plain -o s3://bucket/x");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("s3://bucket/x: S3 refuses: 403 AccessDenied"));
  EXPECT_TRUE(ruby.childless());
  EXPECT_EQ(ruby.traces(), before);
}

Result<std::string> read_all(RemoteBytes& bytes) {
  std::string out;
  std::vector<char> part(7777);
  while (true) {
    const auto got = bytes.read(part);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return out;
    out.append(part.data(), *got);
  }
}

void put_object(const S3Server& server, const std::string& key, const std::string& content) {
  auto sink = s3_sink(server.settings(), {.bucket = "bucket", .key = key}, {});
  ASSERT_TRUE(sink->write(content));
  ASSERT_TRUE(sink->finish());
}

// In ranges, through failures by chance, and from a server that does not know ranges.
TEST(S3Source, GivesTheObjectAsItIs) {
  for (const std::string mode : {"", "fail=3", "cut=2", "whole"}) {
    const S3Server server(mode);
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, kPart, 3 * kPart + 17}) {
      const std::string content = noise(bytes);
      put_object(server, "a key/with +signs", content);
      const auto source = s3_source(
          server.settings(), {.bucket = "bucket", .key = "a key/with +signs"}, kPart, nullptr);
      const auto got = read_all(*source);
      ASSERT_TRUE(got) << mode << " " << bytes << ": " << got.error().message;
      EXPECT_TRUE(*got == content) << mode << " " << bytes;
    }
  }
}

TEST(S3Source, AnObjectThatIsReplacedMeanwhileIsNoMixture) {
  const S3Server server;
  put_object(server, "key", noise(5 * kPart));
  const auto source =
      s3_source(server.settings(), {.bucket = "bucket", .key = "key"}, kPart, nullptr);
  std::vector<char> part(100);
  ASSERT_TRUE(source->read(part));
  put_object(server, "key", noise(5 * kPart + 1));
  const auto got = read_all(*source);
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().message, HasSubstr("412"));
}

TEST(S3Source, ACaptureInABucketIsAnalysedWithoutADisk) {
  SKIP_UNLESS_CAPTURE("ruby");
  const S3Server server;
  const LiveProcess ruby("ruby",
                         "class PrimeThing; end\nKEEP = Array.new(1_009) { PrimeThing.new }\n"
                         "puts 'ready'; $stdout.flush; sleep\n");
  for (const std::string key : {"one", "two"}) {
    const Ran ran = shell(server.environment() + "$TIDEMARK capture " + ruby.name() +
                          " -o s3://bucket/dumps/" + key);
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("Next: tidemark summary s3://bucket/dumps/" + key));
  }
  for (const std::string command : {"summary", "suspects", "diff s3://bucket/dumps/one"}) {
    const Ran ran = shell(server.environment() + "$TIDEMARK " + command + " s3://bucket/dumps/two");
    EXPECT_EQ(ran.code, 0) << command << ": " << ran.err;
  }
  const Ran retained =
      shell(server.environment() + "$TIDEMARK retainers s3://bucket/dumps/two PrimeThing");
  EXPECT_THAT(retained.out, HasSubstr("Array (1,009)")) << retained.err;
  const Ran none = shell(server.environment() + "$TIDEMARK summary s3://bucket/dumps/none");
  EXPECT_NE(none.code, 0);
  EXPECT_THAT(none.err, HasSubstr("404 NoSuchKey"));
  EXPECT_THAT(none.err, HasSubstr("check the bucket and the key"));
}

}  // namespace
}  // namespace tidemark
