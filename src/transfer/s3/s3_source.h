// Reads an object from S3, or what is compatible with it, as it streams: a dump that was captured
// into a bucket is analysed without touching a disk.
//
// By ranges of 8 MiB, the next one under way while one is read; a range that fails by chance is
// asked for again. An object that is replaced meanwhile is an error, not a mixture.
#pragma once

#include <memory>
#include <string>

#include "base/remote_bytes.h"
#include "transfer/s3/aws_settings.h"

namespace tidemark {

// `path`: "s3://bucket/key". Credentials and place from the usual places (aws_settings.h). Errors:
// kUsage, and of reading kNotFound, kIo with what S3 said, kCancelled.
Result<std::unique_ptr<RemoteBytes>> open_s3_source(const std::string& path,
                                                    const Monitor* monitor);

// The same with all that is known; `range`: bytes to ask for at a time, for tests.
std::unique_ptr<RemoteBytes> s3_source(AwsSettings settings, S3Address address, std::size_t range,
                                       const Monitor* monitor);

}  // namespace tidemark
