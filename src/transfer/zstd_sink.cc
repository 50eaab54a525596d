#include <fmt/format.h>
#include <zstd.h>

#include <vector>

#include "transfer/byte_sink.h"

namespace tidemark {
namespace {

constexpr int kLevel = 1;

class ZstdSink final : public ByteSink {
 public:
  explicit ZstdSink(std::unique_ptr<ByteSink> next)
      : next_(std::move(next)), stream_(ZSTD_createCStream(), ZSTD_freeCStream) {
    if (stream_ != nullptr) {
      ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_compressionLevel, kLevel);
      ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_checksumFlag, 1);
    }
  }

  Result<void> write(std::span<const char> bytes) override {
    return compress(bytes, ZSTD_e_continue);
  }
  Result<void> finish() override {
    if (auto done = compress({}, ZSTD_e_end); !done) return done;
    return next_->finish();
  }
  void abandon() override { next_->abandon(); }
  [[nodiscard]] std::uint64_t stored_bytes() const override { return next_->stored_bytes(); }

 private:
  Result<void> compress(std::span<const char> bytes, ZSTD_EndDirective directive) {
    if (stream_ == nullptr) return fail(ErrorCode::kTooLarge, "no memory to compress with");
    ZSTD_inBuffer in{.src = bytes.data(), .size = bytes.size(), .pos = 0};
    while (true) {
      ZSTD_outBuffer out{.dst = buffer_.data(), .size = buffer_.size(), .pos = 0};
      const std::size_t left = ZSTD_compressStream2(stream_.get(), &out, &in, directive);
      if (ZSTD_isError(left) != 0) {
        return fail(ErrorCode::kTooLarge,
                    fmt::format("cannot compress: {}", ZSTD_getErrorName(left)));
      }
      if (out.pos > 0) {
        if (auto done = next_->write({buffer_.data(), out.pos}); !done) return done;
      }
      const bool done = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
      if (done) return {};
    }
  }

  std::unique_ptr<ByteSink> next_;
  std::unique_ptr<ZSTD_CStream, std::size_t (*)(ZSTD_CStream*)> stream_;
  std::vector<char> buffer_ = std::vector<char>(ZSTD_CStreamOutSize());
};

}  // namespace

std::unique_ptr<ByteSink> zstd_sink(std::unique_ptr<ByteSink> next) {
  return std::make_unique<ZstdSink>(std::move(next));
}

}  // namespace tidemark
