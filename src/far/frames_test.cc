#include "far/frames.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Frames, ComeWholeFromAnyPieces) {
  const std::string bytes("\0\xff\r\nx", 5);
  for (const bool text : {false, true}) {
    const std::string sent = pack_frame(FrameKind::kOutput, bytes, text) +
                             pack_frame(FrameKind::kError, "", text) +
                             pack_frame(FrameKind::kEnd, "0", text);
    FrameReader reader(text);
    std::vector<Frame> frames;
    for (const char c : sent) {
      reader.add({&c, 1});
      const auto next = reader.next();
      ASSERT_TRUE(next);
      if (*next) frames.push_back(**next);
    }
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_EQ(frames[0].bytes, bytes);
    EXPECT_EQ(frames[1].bytes, "");
    EXPECT_EQ(frames[2].kind, FrameKind::kEnd);
  }
}

TEST(Frames, OtherBytesAreAnError) {
  FrameReader binary(false);
  binary.add("Last login: today");
  EXPECT_FALSE(binary.next());
  FrameReader huge(false);
  huge.add("o\xff\xff\xff\xff");
  EXPECT_FALSE(huge.next());
  FrameReader text(true);
  text.add("Last login\n");
  EXPECT_FALSE(text.next());
}

TEST(Frames, Base64KeepsEveryLength) {
  for (std::size_t size = 0; size < 9; ++size) {
    const std::string bytes(size, '\0');
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  }
}

}  // namespace
}  // namespace tidemark
