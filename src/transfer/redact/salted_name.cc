#include "transfer/redact/salted_name.h"

#include <fmt/format.h>

#include <bit>
#include <random>

namespace tidemark {

Salt random_salt() {
  std::random_device random;
  const auto word = [&] { return std::uint64_t{random()} << 32 | random(); };
  return {word(), word()};
}

Salt salt_from(std::string_view text) {
  Salt salt{};
  for (std::uint64_t i = 0; i < salt.size(); ++i) {
    SaltedName name({0x7469'6465'6d61'726bULL, i});
    name.add(text);
    salt[i] = name.number();
  }
  return salt;
}

SaltedName::SaltedName(const Salt& salt)
    : state_{salt[0] ^ 0x736f6d6570736575ULL, salt[1] ^ 0x646f72616e646f6dULL,
             salt[0] ^ 0x6c7967656e657261ULL, salt[1] ^ 0x7465646279746573ULL} {}

void SaltedName::round() {
  auto& [a, b, c, d] = state_;
  a += b;
  b = std::rotl(b, 13) ^ a;
  a = std::rotl(a, 32);
  c += d;
  d = std::rotl(d, 16) ^ c;
  a += d;
  d = std::rotl(d, 21) ^ a;
  c += b;
  b = std::rotl(b, 17) ^ c;
  c = std::rotl(c, 32);
}

void SaltedName::word(std::uint64_t word) {
  state_[3] ^= word;
  round();
  round();
  state_[0] ^= word;
}

void SaltedName::add(char byte) {
  pending_ |= std::uint64_t{static_cast<unsigned char>(byte)} << (8 * (bytes_ % 8));
  ++bytes_;
  if (bytes_ % 8 != 0) return;
  word(pending_);
  pending_ = 0;
}

void SaltedName::add(std::string_view bytes) {
  for (const char byte : bytes) add(byte);
}

std::uint64_t SaltedName::number() {
  word(pending_ | bytes_ << 56);
  state_[2] ^= 0xff;
  for (int i = 0; i < 4; ++i) round();
  return state_[0] ^ state_[1] ^ state_[2] ^ state_[3];
}

std::string SaltedName::text() { return fmt::format("~{:016x}", number()); }

}  // namespace tidemark
