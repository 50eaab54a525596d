#include "heap/section_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <numeric>

#include "base/monitor.h"
#include "support/index_bytes.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

using testing::ElementsAre;

struct Point {
  std::uint32_t x;
  std::uint32_t y;
  friend bool operator==(const Point&, const Point&) = default;
};

SectionFileWriter small_sections() {
  SectionFileWriter sections;
  sections.add("bytes", std::vector<std::uint8_t>{1, 2, 3});
  sections.add("numbers", std::vector<std::uint64_t>{1, 0xffffffffffffffffU});
  sections.add("points", std::vector<Point>{{1, 2}, {3, 4}});
  sections.add_text("text", "Grüße");
  sections.add("nothing", std::vector<std::uint32_t>{});
  return sections;
}

TEST(SectionFile, GivesBackWhatWasWritten) {
  const auto file = verified(bytes_of(small_sections()));
  ASSERT_TRUE(file);
  EXPECT_THAT(file->column<std::uint8_t>("bytes")->span(), ElementsAre(1, 2, 3));
  EXPECT_THAT(file->column<std::uint64_t>("numbers")->span(), ElementsAre(1, 0xffffffffffffffffU));
  EXPECT_THAT(file->column<Point>("points")->span(), ElementsAre(Point{1, 2}, Point{3, 4}));
  EXPECT_EQ(file->text("text"), "Grüße");
  EXPECT_TRUE(file->column<std::uint32_t>("nothing")->empty());
}

TEST(SectionFile, HasNoSectionOfAnotherNameOrSize) {
  const auto file = verified(bytes_of(small_sections()));
  ASSERT_TRUE(file);
  EXPECT_FALSE(file->column<std::uint8_t>("byte"));
  EXPECT_FALSE(file->column<std::uint8_t>(""));
  EXPECT_FALSE(file->column<std::uint32_t>("bytes"));
  EXPECT_FALSE(file->text("numbers"));
}

TEST(SectionFile, CountsItsBytes) {
  const SectionFileWriter sections = small_sections();
  EXPECT_EQ(bytes_of(sections).size(), sections.file_bytes());
  EXPECT_EQ(bytes_of(SectionFileWriter()).size(), 64U);
  EXPECT_TRUE(verified(bytes_of(SectionFileWriter())));
}

TEST(SectionFile, AlignsItsSections) {
  const auto file = verified(bytes_of(small_sections()));
  ASSERT_TRUE(file);
  const auto address = reinterpret_cast<std::uintptr_t>(file->text("text")->data());
  EXPECT_EQ(address % kSectionAlignment, 0U);
}

TEST(SectionFile, ColumnsOutliveTheFile) {
  std::optional<Column<Point>> points;
  {
    const auto file = verified(bytes_of(small_sections()));
    points = file->column<Point>("points");
  }
  EXPECT_EQ((*points)[1], (Point{3, 4}));
}

TEST(SectionFile, IgnoresFilesCutShortAnywhere) {
  const std::string bytes = bytes_of(small_sections());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(verified(bytes.substr(0, length))) << length;
  }
  EXPECT_FALSE(verified(bytes + '\0'));
}

TEST(SectionFile, NoticesEveryChangedBitOfWhatMatters) {
  const std::string bytes = bytes_of(small_sections());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto file = verified(changed);
    if (!file) continue;
    EXPECT_THAT(file->column<std::uint8_t>("bytes")->span(), ElementsAre(1, 2, 3)) << bit;
    EXPECT_EQ(file->text("text"), "Grüße") << bit;
    EXPECT_EQ(file->column<std::uint64_t>("numbers")->size(), 2U) << bit;
    EXPECT_THAT(file->column<Point>("points")->span(), ElementsAre(Point{1, 2}, Point{3, 4}));
  }
}

TEST(SectionFile, VerifiesLargeSectionsInParallel) {
  std::vector<std::uint32_t> numbers(3'000'000);
  std::iota(numbers.begin(), numbers.end(), 7);
  const TemporaryFolder folder;
  const Monitor monitor;
  SectionFileWriter sections;
  sections.add("numbers", numbers);
  sections.add("again", numbers);
  ASSERT_TRUE(sections.write(folder / "file", monitor));
  {
    const auto file = SectionFile::open(folder / "file");
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->verify(1));
    EXPECT_TRUE(file->verify(3));
  }
  std::string bytes = read_file(folder / "file");
  bytes[bytes.size() - 5] ^= 1;
  write_file(folder / "damaged", bytes);
  chmod((folder / "damaged").c_str(), 0600);
  const auto file = SectionFile::open(folder / "damaged");
  ASSERT_TRUE(file);
  const auto sound = file->verify(3);
  ASSERT_FALSE(sound);
  EXPECT_EQ(sound.error().code, ErrorCode::kDamaged);
  EXPECT_EQ(sound.error().message, "section again is damaged");
}

TEST(SectionFileWriter, WritesForTheUserAloneAndNeverOverAFile) {
  const TemporaryFolder folder;
  const Monitor monitor;
  const mode_t mask = umask(0);
  const auto written = small_sections().write(folder / "file", monitor);
  umask(mask);
  ASSERT_TRUE(written);
  struct stat status{};
  ASSERT_EQ(stat((folder / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  const auto again = small_sections().write(folder / "file", monitor);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kIo);
  EXPECT_TRUE(SectionFile::open(folder / "file"));
}

TEST(SectionFileWriter, LeavesNothingWhenCancelled) {
  const TemporaryFolder folder;
  Monitor monitor;
  monitor.cancel();
  const auto written = small_sections().write(folder / "file", monitor);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SectionFileWriter, LeavesNothingWhenThereIsNoRoom) {
  const TemporaryFolder folder;
  const Monitor monitor;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit low{.rlim_cur = 500, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  const auto written = small_sections().write(folder / "file", monitor);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SectionFile, OpensOnlyFilesThatNobodyElseCanWrite) {
  const TemporaryFolder folder;
  const Monitor monitor;
  const std::string path = folder / "file";
  ASSERT_TRUE(small_sections().write(path, monitor));
  std::filesystem::create_symlink(path, folder / "link");
  EXPECT_FALSE(SectionFile::open(folder / "link"));
  chmod(path.c_str(), 0620);
  EXPECT_FALSE(SectionFile::open(path));
  chmod(path.c_str(), 0602);
  EXPECT_FALSE(SectionFile::open(path));
  chmod(path.c_str(), 0644);
  EXPECT_TRUE(SectionFile::open(path));
  if (geteuid() == 0 && chown(path.c_str(), 12345, 12345) == 0) {
    EXPECT_FALSE(SectionFile::open(path));
  }
}

TEST(SectionFile, DoesNotOpenWhatIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_FALSE(SectionFile::open(folder / "missing"));
  EXPECT_FALSE(SectionFile::open(folder.path()));
  write_file(folder / "empty", "");
  EXPECT_FALSE(SectionFile::open(folder / "empty"));
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(SectionFile::open(folder / "pipe"));
}

}  // namespace
}  // namespace tidemark
