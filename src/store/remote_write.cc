#include "store/remote_write.h"

#include <algorithm>
#include <bit>

namespace tidemark {
namespace {

void put_varint(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out += static_cast<char>(number | 0x80);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

// A field that has a length: a string or a message.
void put_bytes(std::string& out, unsigned field, std::string_view bytes) {
  put_varint(out, field << 3 | 2U);
  put_varint(out, bytes.size());
  out += bytes;
}

std::string sample_message(const RemoteSample& sample) {
  std::string out;
  put_varint(out, 1 << 3 | 1);
  const auto bits = std::bit_cast<std::uint64_t>(sample.value);
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(bits >> shift & 0xFF);
  put_varint(out, 2 << 3 | 0);
  put_varint(out, static_cast<std::uint64_t>(sample.milliseconds));
  return out;
}

}  // namespace

std::string write_request(const std::vector<RemoteSeries>& series) {
  std::string out;
  for (const RemoteSeries& one : series) {
    std::string message;
    // The protocol wants labels in order of their names.
    auto labels = one.labels;
    std::sort(labels.begin(), labels.end());
    for (const auto& [name, value] : labels) {
      std::string label;
      put_bytes(label, 1, name);
      put_bytes(label, 2, value);
      put_bytes(message, 1, label);
    }
    for (const RemoteSample& sample : one.samples) put_bytes(message, 2, sample_message(sample));
    put_bytes(out, 1, message);
  }
  return out;
}

std::string snappy_block(std::string_view bytes) {
  constexpr std::size_t kPiece = 1 << 16;
  std::string out;
  put_varint(out, bytes.size());
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    const std::size_t length = piece.size() - 1;
    out += static_cast<char>(61 << 2);  // a literal whose length stands in two bytes
    out += static_cast<char>(length & 0xFF);
    out += static_cast<char>(length >> 8);
    out += piece;
    bytes.remove_prefix(piece.size());
  }
  return out;
}

}  // namespace tidemark
