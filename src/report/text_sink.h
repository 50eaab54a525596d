// Where rendered text goes: standard output, a string, an HTTP response. Renderers write in order
// and never learn whether it arrived; the owner of the sink asks it at the end.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

class TextSink {
 public:
  TextSink() = default;
  TextSink(const TextSink&) = delete;
  TextSink& operator=(const TextSink&) = delete;
  virtual ~TextSink() = default;

  virtual void write(std::string_view text) = 0;
};

class StringSink final : public TextSink {
 public:
  void write(std::string_view text) override { text_ += text; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace tidemark
