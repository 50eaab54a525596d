#include "heap/index_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include "support/temporary_folder.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

SectionFileWriter sections_with(std::string_view text, std::size_t padding = 0) {
  SectionFileWriter sections;
  sections.add_text("text", text);
  sections.add_text("padding", std::string(padding, 'x'));
  return sections;
}

class IndexCacheTest : public testing::Test {
 protected:
  DumpKey key_of(const std::string& name, std::uint64_t maker = 1) {
    const auto key = make_dump_key(folder_ / name, maker);
    return key ? *key : DumpKey{};
  }
  std::string text_of(const IndexCache& cache, const DumpKey& key) {
    const auto file = cache.find(key, 1);
    if (!file) return "nothing";
    return std::string(file->text("text").value_or("no text"));
  }
  void set_times(const std::string& path, std::int64_t seconds) {
    const timespec time{.tv_sec = seconds, .tv_nsec = 0};
    const timespec times[2] = {time, time};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  std::size_t files_in(const std::string& path) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }

  TemporaryFolder folder_;
  Monitor monitor_;
  IndexCache cache_{folder_ / "cache/tidemark"};
};

TEST_F(IndexCacheTest, FindsWhatWasStored) {
  write_file(folder_ / "dump", "content");
  EXPECT_EQ(text_of(cache_, key_of("dump")), "nothing");
  EXPECT_TRUE(cache_.store(sections_with("first"), key_of("dump"), monitor_));
  EXPECT_EQ(text_of(cache_, key_of("dump")), "first");
  EXPECT_TRUE(cache_.store(sections_with("second"), key_of("dump"), monitor_));
  EXPECT_EQ(text_of(cache_, key_of("dump")), "second");
  EXPECT_EQ(files_in(folder_ / "cache/tidemark"), 1U);
}

TEST_F(IndexCacheTest, IsForTheUserAlone) {
  write_file(folder_ / "dump", "content");
  const mode_t mask = umask(0);
  const bool stored = cache_.store(sections_with("text"), key_of("dump"), monitor_);
  umask(mask);
  ASSERT_TRUE(stored);
  struct stat status{};
  ASSERT_EQ(stat((folder_ / "cache/tidemark").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  ASSERT_EQ(stat(cache_.path_of(key_of("dump").path).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(IndexCacheTest, KnowsADumpByEveryWayToIt) {
  write_file(folder_ / "dump", "content");
  fs::create_symlink(folder_ / "dump", folder_ / "link");
  fs::create_directory(folder_ / "sub");
  ASSERT_TRUE(cache_.store(sections_with("text"), key_of("link"), monitor_));
  EXPECT_EQ(text_of(cache_, key_of("dump")), "text");
  EXPECT_EQ(text_of(cache_, key_of("sub/../dump")), "text");
}

TEST_F(IndexCacheTest, ForgetsADumpThatGrew) {
  write_file(folder_ / "dump", "content");
  ASSERT_TRUE(cache_.store(sections_with("text"), key_of("dump"), monitor_));
  write_file(folder_ / "dump", "content and more");
  EXPECT_EQ(text_of(cache_, key_of("dump")), "nothing");
}

TEST_F(IndexCacheTest, ForgetsADumpChangedBehindItsBack) {
  write_file(folder_ / "dump", "content");
  set_times(folder_ / "dump", 1'000'000'000);
  const DumpKey before = key_of("dump");
  ASSERT_TRUE(cache_.store(sections_with("text"), before, monitor_));
  EXPECT_EQ(text_of(cache_, key_of("dump")), "text");
  write_file(folder_ / "dump", "CONTENT");
  set_times(folder_ / "dump", 1'000'000'000);
  DumpKey after = key_of("dump");
  EXPECT_EQ(after.modified_ns, before.modified_ns);
  EXPECT_EQ(after.size, before.size);
  EXPECT_EQ(text_of(cache_, after), "nothing");
  // The samples alone would do.
  after.changed_ns = before.changed_ns;
  EXPECT_EQ(text_of(cache_, after), "nothing");
}

TEST_F(IndexCacheTest, SamplesALargeDumpAtManyPlaces) {
  std::string content(3'000'000, 'a');
  write_file(folder_ / "dump", content);
  const std::uint64_t before = key_of("dump").samples;
  const auto samples_with_change_at = [&](std::size_t place) {
    std::string changed = content;
    changed[place] = 'b';
    write_file(folder_ / "dump", changed);
    return key_of("dump").samples;
  };
  EXPECT_NE(samples_with_change_at(0), before);
  EXPECT_NE(samples_with_change_at(65'535), before);
  EXPECT_NE(samples_with_change_at(content.size() - 65'536), before);
  EXPECT_NE(samples_with_change_at(content.size() - 1), before);
  for (std::size_t i = 1; i <= 32; ++i) {
    EXPECT_NE(samples_with_change_at(content.size() / 33 * i + 1000), before) << i;
  }
  EXPECT_EQ(samples_with_change_at(content.size() / 33 * 5 - 10), before);
}

TEST_F(IndexCacheTest, DistinguishesMakers) {
  write_file(folder_ / "dump", "content");
  ASSERT_TRUE(cache_.store(sections_with("text"), key_of("dump", 1), monitor_));
  EXPECT_EQ(text_of(cache_, key_of("dump", 2)), "nothing");
}

TEST_F(IndexCacheTest, DoesNotTakeTheIndexOfAnotherPath) {
  write_file(folder_ / "dump", "content");
  ASSERT_TRUE(cache_.store(sections_with("text"), key_of("dump"), monitor_));
  DumpKey other = key_of("dump");
  other.path += "2";
  fs::rename(cache_.path_of(key_of("dump").path), cache_.path_of(other.path));
  EXPECT_EQ(text_of(cache_, other), "nothing");
}

TEST_F(IndexCacheTest, HasNoKeyForWhatIsNoFile) {
  EXPECT_FALSE(make_dump_key(folder_ / "missing", 1));
  EXPECT_FALSE(make_dump_key(folder_.path(), 1));
  EXPECT_FALSE(make_dump_key("/dev/null", 1));
  EXPECT_FALSE(make_dump_key("", 1));
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(make_dump_key(folder_ / "pipe", 1));
  write_file(folder_ / "empty", "");
  EXPECT_TRUE(make_dump_key(folder_ / "empty", 1));
}

TEST_F(IndexCacheTest, IgnoresADamagedIndex) {
  write_file(folder_ / "dump", "content");
  ASSERT_TRUE(cache_.store(sections_with("some text"), key_of("dump"), monitor_));
  const std::string path = cache_.path_of(key_of("dump").path);
  std::string bytes = read_file(path);
  bytes[bytes.find("some text")] ^= 1;
  write_file(path, bytes);
  EXPECT_EQ(text_of(cache_, key_of("dump")), "nothing");
  ASSERT_TRUE(cache_.store(sections_with("some text"), key_of("dump"), monitor_));
  EXPECT_EQ(text_of(cache_, key_of("dump")), "some text");
}

TEST_F(IndexCacheTest, DeletesTheLeastRecentlyUsedAboveTheLimit) {
  const IndexCache cache(folder_ / "small", {.bytes = 30'000, .percent_of_free = 10});
  for (const char* name : {"a", "b", "c", "d"}) write_file(folder_ / name, name);
  std::int64_t time = 1'000'000'000;
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(cache.store(sections_with(name, 9'000), key_of(name), monitor_));
    set_times(cache.path_of(key_of(name).path), ++time);
  }
  EXPECT_EQ(text_of(cache, key_of("a")), "a");  // a use: now "b" is the oldest
  ASSERT_TRUE(cache.store(sections_with("d", 9'000), key_of("d"), monitor_));
  EXPECT_EQ(text_of(cache, key_of("b")), "nothing");
  for (const char* name : {"a", "c", "d"}) EXPECT_EQ(text_of(cache, key_of(name)), name);
}

TEST_F(IndexCacheTest, WritesNoIndexAboveTheLimit) {
  write_file(folder_ / "dump", "content");
  const IndexCache small(folder_ / "small", {.bytes = 5'000, .percent_of_free = 10});
  EXPECT_FALSE(small.store(sections_with("text", 5'000), key_of("dump"), monitor_));
  EXPECT_EQ(files_in(folder_ / "small"), 0U);
  const IndexCache none(folder_ / "none", {.bytes = 1'000'000, .percent_of_free = 0});
  EXPECT_FALSE(none.store(sections_with("text"), key_of("dump"), monitor_));
}

TEST_F(IndexCacheTest, SweepsUpAfterKilledWriters) {
  write_file(folder_ / "dump", "content");
  ASSERT_TRUE(cache_.store(sections_with("text"), key_of("dump"), monitor_));
  const std::string beside = cache_.path_of(key_of("dump").path);
  write_file(beside + ".1-2.tmp", "forgotten");
  write_file(beside + ".3-4.tmp", "being written");
  write_file(folder_ / "cache/tidemark/notes.txt", "not ours");
  set_times(beside + ".1-2.tmp", 1'000'000'000);
  set_times(folder_ / "cache/tidemark/notes.txt", 1'000'000'000);
  ASSERT_TRUE(cache_.store(sections_with("text"), key_of("dump"), monitor_));
  EXPECT_FALSE(fs::exists(beside + ".1-2.tmp"));
  EXPECT_TRUE(fs::exists(beside + ".3-4.tmp"));
  EXPECT_TRUE(fs::exists(folder_ / "cache/tidemark/notes.txt"));
}

TEST_F(IndexCacheTest, DoesWithoutAFolderThatCannotBeMade) {
  write_file(folder_ / "dump", "content");
  write_file(folder_ / "file", "in the way");
  for (const std::string& path : {folder_ / "file", folder_ / "file/tidemark",
                                  std::string("/proc/tidemark"), folder_ / "a/b/c/tidemark"}) {
    const IndexCache cache(path);
    EXPECT_FALSE(cache.store(sections_with("text"), key_of("dump"), monitor_)) << path;
    EXPECT_FALSE(cache.find(key_of("dump"), 1)) << path;
  }
}

TEST_F(IndexCacheTest, DoesNotWriteWhereOthersMay) {
  write_file(folder_ / "dump", "content");
  fs::create_directory(folder_ / "open");
  chmod((folder_ / "open").c_str(), 0777);
  const IndexCache cache(folder_ / "open");
  EXPECT_FALSE(cache.store(sections_with("text"), key_of("dump"), monitor_));
  EXPECT_EQ(files_in(folder_ / "open"), 0U);
}

TEST_F(IndexCacheTest, DoesWithoutAReadOnlyFolder) {
  write_file(folder_ / "dump", "content");
  fs::create_directory(folder_ / "fixed");
  chmod((folder_ / "fixed").c_str(), 0500);
  // Root may write everywhere, so it becomes somebody else meanwhile.
  constexpr uid_t kSomebody = 65534;
  const bool root = geteuid() == 0;
  if (root) {
    ASSERT_EQ(chown(folder_.path().c_str(), kSomebody, kSomebody), 0);
    ASSERT_EQ(chown((folder_ / "fixed").c_str(), kSomebody, kSomebody), 0);
    ASSERT_EQ(seteuid(kSomebody), 0);
  }
  const DumpKey key = key_of("dump");
  const bool stored = IndexCache(folder_ / "fixed").store(sections_with("text"), key, monitor_);
  const bool stored_elsewhere = cache_.store(sections_with("text"), key, monitor_);
  if (root && seteuid(0) != 0) std::abort();
  EXPECT_EQ(key.size, 7U);
  EXPECT_FALSE(stored);
  EXPECT_TRUE(stored_elsewhere);
}

TEST_F(IndexCacheTest, StaysBelowTheLimitOfAFileSize) {
  write_file(folder_ / "dump", "content");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit low{.rlim_cur = 1000, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  const bool stored = cache_.store(sections_with("text", 5'000), key_of("dump"), monitor_);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_FALSE(stored);
}

TEST_F(IndexCacheTest, CancelledWritersLeaveNothing) {
  write_file(folder_ / "dump", "content");
  monitor_.cancel();
  EXPECT_FALSE(cache_.store(sections_with("text"), key_of("dump"), monitor_));
  EXPECT_EQ(files_in(folder_ / "cache/tidemark"), 0U);
}

TEST_F(IndexCacheTest, ManyThreadsStoreAndFind) {
  write_file(folder_ / "dump", "content");
  const DumpKey key = key_of("dump");
  ASSERT_TRUE(cache_.store(sections_with("0", 100'000), key, monitor_));
  std::atomic<int> lost{0};
  std::vector<std::jthread> team;
  for (int t = 0; t < 4; ++t) {
    team.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        if (!cache_.store(sections_with(std::to_string(t), 100'000), key, monitor_)) ++lost;
        const std::string text = text_of(cache_, key);
        if (text.size() != 1 || text[0] < '0' || text[0] > '3') ++lost;
      }
    });
  }
  team.clear();
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(files_in(folder_ / "cache/tidemark"), 1U);
}

class HomeTest : public testing::Test {
 protected:
  HomeTest() {
    for (const char* name : {"XDG_CACHE_HOME", "HOME"}) {
      const char* const value = std::getenv(name);
      before_.emplace_back(name,
                           value != nullptr ? std::optional<std::string>(value) : std::nullopt);
      unsetenv(name);
    }
  }
  ~HomeTest() override {
    for (const auto& [name, value] : before_) {
      unsetenv(name);
      if (value) setenv(name, value->c_str(), 1);
    }
  }
  std::string folder() {
    const auto cache = IndexCache::of_user();
    if (!cache) return "none";
    return fs::path(cache->path_of("dump")).parent_path().string();
  }
  std::vector<std::pair<const char*, std::optional<std::string>>> before_;
};

TEST_F(HomeTest, IndexesLieWhereTheUserKeepsCaches) {
  EXPECT_EQ(folder(), "none");
  setenv("HOME", "/home/ada", 1);
  EXPECT_EQ(folder(), "/home/ada/.cache/tidemark");
  setenv("XDG_CACHE_HOME", "relative", 1);
  EXPECT_EQ(folder(), "/home/ada/.cache/tidemark");
  setenv("XDG_CACHE_HOME", "/var/cache/ada", 1);
  EXPECT_EQ(folder(), "/var/cache/ada/tidemark");
}

}  // namespace
}  // namespace tidemark
