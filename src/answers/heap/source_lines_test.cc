#include "answers/heap/source_lines.h"

#include <gtest/gtest.h>

#include <string>

#include "support/temporary_folder.h"

namespace tidemark {
namespace {

TEST(SourceLine, WithoutIndentation) {
  const TemporaryFolder folder;
  write_file(folder / "a.rb", "first\n  \tLOG << 1 \r\n\n\xff\x1b[31mred\nlast");
  EXPECT_EQ(source_line(folder / "a.rb", 1), "first");
  EXPECT_EQ(source_line(folder / "a.rb", 2), "LOG << 1");
  EXPECT_EQ(source_line(folder / "a.rb", 3), "");
  EXPECT_EQ(source_line(folder / "a.rb", 4), "\xff\x1b[31mred");
  EXPECT_EQ(source_line(folder / "a.rb", 5), "last");
  EXPECT_EQ(source_line(folder / "a.rb", 6), "");
  EXPECT_EQ(source_line(folder / "a.rb", 0), "");
  EXPECT_EQ(source_line(folder / "a.rb", 0xffffffffU), "");
}

TEST(SourceLine, TheLastLineOfAFileWithoutAFinalNewline) {
  const TemporaryFolder folder;
  write_file(folder / "one.rb", "only");
  EXPECT_EQ(source_line(folder / "one.rb", 1), "only");
  write_file(folder / "empty.rb", "");
  EXPECT_EQ(source_line(folder / "empty.rb", 1), "");
}

// The path comes out of a dump: nothing but sources is opened.
TEST(SourceLine, OnlySourcesAreRead) {
  const TemporaryFolder folder;
  for (const char* name : {"secret", "a.txt", "rb", "a.rb.bak", "id_rsa"}) {
    write_file(folder / name, "secret\n");
    EXPECT_EQ(source_line(folder / name, 1), "") << name;
  }
  for (const char* name : {"a.rb", "a.ru", "a.rake", "a.erb", "a.js", "a.mjs", "a.cjs", "a.ts"}) {
    write_file(folder / name, "code\n");
    EXPECT_EQ(source_line(folder / name, 1), "code") << name;
  }
  EXPECT_EQ(source_line("", 1), "");
  EXPECT_EQ(source_line("/nowhere/a.rb", 1), "");
  EXPECT_EQ(source_line(folder.path(), 1), "");
  EXPECT_EQ(source_line("/dev/zero", 1), "");
  // To the system this one is called "secret".
  EXPECT_EQ(source_line((folder / "secret") + std::string("\0.rb", 4), 1), "");
}

TEST(SourceLine, OnlyTheFirstMegabyte) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 300000; ++i) text += "line\n";
  write_file(folder / "long.rb", text);
  EXPECT_EQ(source_line(folder / "long.rb", 200000), "line");
  EXPECT_EQ(source_line(folder / "long.rb", 290000), "");
  // A single line of many megabytes is not read whole.
  write_file(folder / "min.js", std::string(3 << 20, 'x'));
  EXPECT_EQ(source_line(folder / "min.js", 1), "");
}

}  // namespace
}  // namespace tidemark
