#include "far/frames.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace tidemark {
namespace {

constexpr std::size_t kHead = 5;

std::uint32_t length_in(std::string_view head) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    length |= std::uint32_t{static_cast<unsigned char>(head[1 + i])} << (8 * i);
  }
  return length;
}

bool is_kind(char kind) { return std::string_view("aoex").contains(kind); }

std::unexpected<Error> no_frame() {
  return fail(ErrorCode::kDamaged, "what came back is not what tidemark sends",
              "something on the far side writes between: a login script that prints, perhaps");
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::string pack_frame(FrameKind kind, std::string_view bytes, bool text_only) {
  std::string frame(1, static_cast<char>(kind));
  for (std::size_t i = 0; i < 4; ++i) {
    frame += static_cast<char>((bytes.size() >> (8 * i)) & 0xff);
  }
  frame += bytes;
  return text_only ? to_base64(frame) + '\n' : frame;
}

void FrameReader::drop(std::size_t count) {
  begin_ += count;
  if (begin_ < kMostFrame && begin_ != buffer_.size()) return;
  buffer_.erase(0, begin_);
  begin_ = 0;
}

Result<std::optional<Frame>> FrameReader::next_line() {
  const std::size_t end = buffer_.find('\n', begin_);
  if (end == std::string::npos) {
    if (buffer_.size() - begin_ > 2 * kMostFrame) return no_frame();
    return std::nullopt;
  }
  std::string_view line(buffer_.data() + begin_, end - begin_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto bytes = from_base64(line);
  if (!bytes || bytes->size() < kHead || !is_kind((*bytes)[0]) ||
      length_in(*bytes) != bytes->size() - kHead) {
    return no_frame();
  }
  Frame frame{.kind = static_cast<FrameKind>((*bytes)[0]), .bytes = bytes->substr(kHead)};
  drop(end + 1 - begin_);
  return frame;
}

Result<std::optional<Frame>> FrameReader::next() {
  if (text_only_) return next_line();
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  if (rest.size() < kHead) return std::nullopt;
  const std::uint32_t length = length_in(rest);
  if (!is_kind(rest[0]) || length > kMostFrame) return no_frame();
  if (rest.size() < kHead + length) return std::nullopt;
  Frame frame{.kind = static_cast<FrameKind>(rest[0]),
              .bytes = std::string(rest.substr(kHead, length))};
  drop(kHead + length);
  return frame;
}

}  // namespace tidemark
