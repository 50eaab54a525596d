#include "host/kernel_text.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(KernelText, AFieldIsFoundByItsWholeName) {
  EXPECT_EQ(status_field("VmRSSx:\t1\nVmRSS:\t2 kB\n", "VmRSS"), "2 kB");
  EXPECT_EQ(status_field("Name:\t\n", "Name"), "");
  EXPECT_EQ(status_number("A: ff\n", "A", 16), 255U);
  EXPECT_EQ(status_number("A: -\n", "A"), std::nullopt);
}

TEST(KernelText, BothFormsAndBytes) {
  EXPECT_EQ(status_number("oom 1\noom_kill 2\n", "oom_kill"), 2U);
  EXPECT_EQ(status_bytes("anon 5\ninactive_file 77\n", "inactive_file"), 77);
  EXPECT_EQ(status_bytes("VmRSS:\t  12 kB\n", "VmRSS"), 12 * 1024);
  EXPECT_EQ(status_field("some avg10=1.50 avg60=0.00\nfull avg10=0\n", "some"),
            "avg10=1.50 avg60=0.00");
  EXPECT_FALSE(status_bytes("", "VmRSS"));
  EXPECT_EQ(status_field("VmRSS:", "VmRSS"), "");
}

TEST(KernelText, LinesWithAndWithoutTheirEnd) {
  std::string_view text = "a\n\nb";
  std::string_view line;
  ASSERT_TRUE(next_line(text, line));
  EXPECT_EQ(line, "a");
  ASSERT_TRUE(next_line(text, line));
  EXPECT_EQ(line, "");
  ASSERT_TRUE(next_line(text, line));
  EXPECT_EQ(line, "b");
  EXPECT_FALSE(next_line(text, line));
}

}  // namespace
}  // namespace tidemark
