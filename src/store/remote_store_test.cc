#include "store/remote_store.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "base/http_client.h"
#include "store/remote_write.h"

namespace tidemark {
namespace {

std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (int shift = 0; !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  return number;
}

// A decoder of snappy that knows literals, as the format describes them.
std::string unpack(std::string_view block) {
  std::string out;
  const std::uint64_t size = take_varint(block);
  while (!block.empty()) {
    const auto tag = static_cast<unsigned char>(block[0]);
    EXPECT_EQ(tag & 3, 0);
    std::size_t length = (tag >> 2) + 1U;
    std::size_t extra = 0;
    if (tag >> 2 >= 60) {
      extra = (tag >> 2) - 59U;
      length = 1;
      for (std::size_t i = 0; i < extra; ++i) {
        length += static_cast<std::size_t>(static_cast<unsigned char>(block[1 + i])) << (8 * i);
      }
    }
    out += block.substr(1 + extra, length);
    block.remove_prefix(1 + extra + length);
  }
  EXPECT_EQ(out.size(), size);
  return out;
}

TEST(RemoteWrite, SnappyBlocksHoldWhatWasPut) {
  std::mt19937_64 dice(1);
  for (const std::size_t size : {0UL, 1UL, 60UL, 61UL, 65535UL, 65536UL, 65537UL, 200000UL}) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(dice());
    EXPECT_EQ(unpack(snappy_block(bytes)), bytes) << size;
  }
}

TEST(RemoteWrite, TheMessageIsTheProtocols) {
  const std::string message = write_request(
      {{.labels = {{"name", "web.1"}, {"__name__", "m"}}, .samples = {{1700000000000, 1.5}}}});
  std::string_view rest = message;
  EXPECT_EQ(take_varint(rest), 1 << 3 | 2);  // timeseries
  const std::uint64_t length = take_varint(rest);
  EXPECT_EQ(length, rest.size());
  EXPECT_EQ(take_varint(rest), 1 << 3 | 2);  // the first label is __name__
  EXPECT_EQ(rest.substr(1, 11), std::string_view("\x0a\x08__name__\x12", 11));
  const std::size_t sample = message.size() - 1 - 8 - 1 - 6;
  rest = std::string_view(message).substr(sample);
  EXPECT_EQ(rest[0], 9);  // a double
  std::uint64_t bits = 0;
  for (int i = 8; i > 0; --i) bits = bits << 8 | static_cast<unsigned char>(rest[i]);
  EXPECT_EQ(std::bit_cast<double>(bits), 1.5);
  rest.remove_prefix(10);
  EXPECT_EQ(take_varint(rest), 1700000000000);
  EXPECT_TRUE(rest.empty());
}

TEST(RemoteStore, UrlsWithQueries) {
  const RemoteInput plain = parse_remote_input("http://host:9090");
  EXPECT_EQ(plain.url, "http://host:9090");
  EXPECT_TRUE(plain.query.empty());
  const RemoteInput input =
      parse_remote_input("https://h/api?query=sum%20by(pod)(rss{job=\"a\"}) + 1");
  EXPECT_EQ(input.url, "https://h/api");
  EXPECT_EQ(input.query, "sum by(pod)(rss{job=\"a\"}) + 1");
  EXPECT_EQ(parse_remote_input("http://h?query=a%zz%2").query, "a%zz%2");
  EXPECT_EQ(url_encode("a b{c=\"d\"}"), "a%20b%7Bc%3D%22d%22%7D");
  EXPECT_TRUE(RemoteStore::recognises("http://x"));
  EXPECT_FALSE(RemoteStore::recognises("file:///etc/passwd"));
}

TEST(RemoteStore, AServerThatIsNotThereIsSaid) {
  const RemoteStore store("http://user:secret@127.0.0.1:9/x/");
  const auto read = store.read(1.7e9, 60);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kIo);
  EXPECT_EQ(read.error().file.find("secret"), std::string::npos) << read.error().file;
}

}  // namespace
}  // namespace tidemark
