#include "preload/preload.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/private_folder.h"
#include "support/places.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

// TMPDIR for one test.
class Preload : public testing::Test {
 protected:
  Preload() { setenv("TMPDIR", folder_.path().c_str(), 1); }
  ~Preload() override { unsetenv("TMPDIR"); }
  [[nodiscard]] std::string ours() const {
    return folder_ / ("tidemark-" + std::to_string(geteuid()));
  }
  TemporaryFolder folder_;
};

TEST_F(Preload, HoldsTheFilesAsTheyAre) {
  for (const char* name : {"ruby/supervised.rb", "node/supervised.js"}) {
    const auto content = preload_content(name);
    ASSERT_TRUE(content) << name;
    EXPECT_EQ(*content, read_file(in_source(std::string("src/preload/") + name))) << name;
  }
  ASSERT_TRUE(preload_content("native/take_socket.so"));
  EXPECT_EQ(preload_content("native/take_socket.so")->substr(1, 3), "ELF");
  EXPECT_FALSE(preload_content("ruby/none.rb"));
}

TEST_F(Preload, WritesAFileOnceAndOnlyForUs) {
  const auto path = preload_file("ruby/supervised.rb");
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(std::filesystem::path(*path).parent_path(), ours());
  EXPECT_EQ(read_file(*path), *preload_content("ruby/supervised.rb"));
  struct stat status{};
  ASSERT_EQ(stat(ours().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  ASSERT_EQ(stat(path->c_str(), &status), 0);
  const auto inode = status.st_ino;
  ASSERT_EQ(preload_file("ruby/supervised.rb"), *path);
  ASSERT_EQ(stat(path->c_str(), &status), 0);
  EXPECT_EQ(status.st_ino, inode);
}

TEST_F(Preload, ReplacesWhatIsDamagedAndLinksToElsewhere) {
  const auto path = preload_file("ruby/supervised.rb");
  ASSERT_TRUE(path);
  std::ofstream(*path, std::ios::app) << "\n# more\n";
  ASSERT_EQ(preload_file("ruby/supervised.rb"), *path);
  EXPECT_EQ(read_file(*path), *preload_content("ruby/supervised.rb"));

  const auto other = folder_ / "other";
  std::ofstream(other) << *preload_content("ruby/supervised.rb");
  std::filesystem::remove(*path);
  std::filesystem::create_symlink(other, *path);
  ASSERT_EQ(preload_file("ruby/supervised.rb"), *path);
  EXPECT_FALSE(std::filesystem::is_symlink(*path));
}

TEST_F(Preload, DoesNotUseAFolderThatIsALink) {
  const auto elsewhere = folder_ / "elsewhere";
  std::filesystem::create_directory(elsewhere);
  std::filesystem::create_symlink(elsewhere, ours());
  EXPECT_FALSE(open_private_folder(folder_.path()));
  const auto path = preload_file("ruby/supervised.rb");  // goes to another place
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_FALSE(path->starts_with(folder_.path()));
  EXPECT_TRUE(std::filesystem::is_empty(elsewhere));
}

TEST_F(Preload, UnknownNamesAreErrors) {
  const auto path = preload_file("ruby/none.rb");
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tidemark
