#include "transfer/redact/redactor.h"

namespace tidemark {
namespace {

class RedactingSink final : public ByteSink {
 public:
  RedactingSink(std::unique_ptr<Redactor> redactor, std::unique_ptr<ByteSink> next)
      : redactor_(std::move(redactor)), next_(std::move(next)) {}

  Result<void> write(std::span<const char> bytes) override {
    out_.clear();
    if (auto done = redactor_->push(bytes, out_); !done) return done;
    return next_->write(out_);
  }
  Result<void> finish() override {
    out_.clear();
    if (auto done = redactor_->finish(out_); !done) return done;
    if (auto done = next_->write(out_); !done) return done;
    return next_->finish();
  }
  void abandon() override { next_->abandon(); }
  [[nodiscard]] std::uint64_t stored_bytes() const override { return next_->stored_bytes(); }

 private:
  std::unique_ptr<Redactor> redactor_;
  std::unique_ptr<ByteSink> next_;
  std::string out_;
};

}  // namespace

std::unique_ptr<ByteSink> redacting_sink(std::unique_ptr<Redactor> redactor,
                                         std::unique_ptr<ByteSink> next) {
  return std::make_unique<RedactingSink>(std::move(redactor), std::move(next));
}

}  // namespace tidemark
