// Names for contents that must not be read: equal contents have equal names, and nobody who does
// not know the salt can try out which content a name stands for. (SipHash-2-4, a keyed function of
// 64 bits.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark {

using Salt = std::array<std::uint64_t, 2>;

// From the system's source of randomness.
Salt random_salt();
// The same for the same text, for captures that are to be compared: as secret as the text is.
Salt salt_from(std::string_view text);

// The name of a content that comes in pieces. Not thread-safe.
class SaltedName {
 public:
  explicit SaltedName(const Salt& salt);
  void add(std::string_view bytes);
  void add(char byte);
  // "~" and 16 digits. Nothing may be added after it.
  std::string text();
  std::uint64_t number();

 private:
  void round();
  void word(std::uint64_t word);

  std::array<std::uint64_t, 4> state_;
  std::uint64_t pending_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace tidemark
