#include "answers/live/capture_place.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>

#include "series/clock_text.h"
#include "transfer/s3/aws_settings.h"
#include "transfer/s3/s3_sink.h"

namespace tidemark {
namespace {

bool is_s3(const std::string& path) { return path.starts_with("s3://"); }

Result<std::unique_ptr<ByteSink>> open_s3(const std::string& path, const Diagnosis& diagnosis,
                                          const Monitor& monitor) {
  auto settings = find_aws_settings();
  if (!settings) return std::unexpected(settings.error());
  auto address = parse_s3_address(path, {});
  if (!address) return std::unexpected(address.error());
  S3Options options;
  options.metadata = {{"app", diagnosis.app},
                      {"host", host_name()},
                      {"pid", std::to_string(diagnosis.status.pid)},
                      {"runtime", diagnosis.runtime->title()},
                      {"taken-at", time_now()}};
  options.monitor = &monitor;
  return s3_sink(std::move(*settings), std::move(*address), std::move(options));
}

}  // namespace

std::string time_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return format_precise_time(std::chrono::duration<double>(now).count());
}

std::string host_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return host.data();
}

bool holds_several(const std::string& output) {
  if (output.empty() || output.ends_with('/')) return true;
  if (is_s3(output)) return output.find('/', 5) == std::string::npos;
  std::error_code ignored;
  return output != "-" && std::filesystem::is_directory(output, ignored);
}

Result<std::string> capture_path(const Diagnosis& diagnosis, const CaptureNaming& naming) {
  if (!holds_several(naming.output)) return naming.output;
  std::string time = time_now();  // without what does not belong in a file's name
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  const std::string name = fmt::format(
      "{}-{}-{}-{}{}.{}{}", diagnosis.app, host_name(), diagnosis.status.pid, time, naming.growth,
      file_extension(diagnosis.runtime->kind, naming.kind), naming.plain ? "" : ".zst");
  if (is_s3(naming.output)) {
    const auto address = parse_s3_address(naming.output, name);
    if (!address) return std::unexpected(address.error());
    return fmt::format("s3://{}/{}", address->bucket, address->key);
  }
  if (naming.output.empty()) return name;
  return naming.output + (naming.output.ends_with('/') ? "" : "/") + name;
}

Result<std::unique_ptr<ByteSink>> open_capture_sink(const std::string& path, bool plain, NameBy by,
                                                    const Diagnosis& diagnosis,
                                                    const Monitor& monitor) {
  Result<std::unique_ptr<ByteSink>> sink;
  if (path == "-") {
    sink = descriptor_sink(STDOUT_FILENO, "standard output");
  } else if (is_s3(path)) {
    sink = open_s3(path, diagnosis, monitor);
  } else {
    sink = file_sink(path, by);
  }
  if (!sink || plain) return sink;
  return zstd_sink(std::move(*sink));
}

}  // namespace tidemark
