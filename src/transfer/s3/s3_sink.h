// An object in S3, or in what is compatible with it, of a length that is not known beforehand.
//
// What fits in one part is one PUT. More is a multipart upload: parts of 8 MiB, twice as large
// after every 1,000, at most 64 MiB, so that 10,000 parts (S3's limit) hold 500 GB and memory stays
// bounded by one part. A request that fails by chance is tried again, five times in all, with
// longer and longer pauses; what cannot succeed is aborted, so that no parts are left to be paid.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/monitor.h"
#include "base/result.h"
#include "transfer/byte_sink.h"
#include "transfer/s3/aws_settings.h"

namespace tidemark {

struct S3Options {
  NamedValues metadata;  // x-amz-meta-NAME
  std::chrono::milliseconds first_pause{300};
  std::uint64_t first_part = std::uint64_t{8} << 20;  // smaller in tests only: S3 asks for 5 MiB
  const Monitor* monitor = nullptr;
};

// Nothing is sent before the first part is full or finish() is called. Errors of the sink: kIo with
// what S3 said, kCancelled.
std::unique_ptr<ByteSink> s3_sink(AwsSettings settings, S3Address address, S3Options options);

// Bytes of part `number`, from 1.
std::uint64_t s3_part_bytes(std::uint64_t first, int number);

}  // namespace tidemark
