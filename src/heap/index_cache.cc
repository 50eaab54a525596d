#include "heap/index_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/hash.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEndSample = std::size_t{64} << 10;
constexpr std::size_t kInnerSample = std::size_t{4} << 10;
constexpr std::size_t kInnerSamples = 32;
constexpr std::string_view kSuffix = ".index";
constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::time_t kForgottenAfter = 3600;  // seconds; nobody writes an index for so long

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

bool append(int descriptor, std::uint64_t offset, std::size_t count, std::vector<char>& out) {
  const std::size_t start = out.size();
  out.resize(start + count);
  for (std::size_t done = 0; done < count;) {
    const ssize_t got = pread(descriptor, out.data() + start + done, count - done,
                              static_cast<off_t>(offset + done));
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<std::uint64_t> hash_samples(int descriptor, std::uint64_t size) {
  std::vector<char> bytes;
  constexpr std::size_t kAll = 2 * kEndSample + kInnerSamples * kInnerSample;
  bytes.reserve(kAll);
  bool sound = true;
  if (size <= kAll) {
    sound = append(descriptor, 0, size, bytes);
  } else {
    sound = append(descriptor, 0, kEndSample, bytes) &&
            append(descriptor, size - kEndSample, kEndSample, bytes);
    for (std::size_t i = 1; sound && i <= kInnerSamples; ++i) {
      const std::uint64_t offset = size / (kInnerSamples + 1) * i;
      sound = append(descriptor, offset, kInnerSample, bytes);
    }
  }
  if (!sound) return std::nullopt;
  return stable_hash({bytes.data(), bytes.size()});
}

std::vector<std::uint64_t> key_numbers(const DumpKey& key) {
  return {key.size,
          static_cast<std::uint64_t>(key.modified_ns),
          static_cast<std::uint64_t>(key.changed_ns),
          key.device,
          key.inode,
          key.samples,
          key.maker};
}

// A folder that nobody but the user can write to.
bool is_own_folder(const std::string& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// The folder and, where it is missing too, the one it lies in.
bool make_folder(const std::string& folder) {
  if (is_own_folder(folder)) return true;
  mkdir(fs::path(folder).parent_path().c_str(), S_IRWXU);
  mkdir(folder.c_str(), S_IRWXU);
  return is_own_folder(folder);
}

struct StoredIndex {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t used_ns = 0;
};

// All index files. Deletes what killed processes have left half written.
std::vector<StoredIndex> list_indexes(const std::string& folder) {
  std::vector<StoredIndex> indexes;
  std::error_code problem;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string path = entry->path().string();
    struct stat status{};
    if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (path.ends_with(kSuffix)) {
      indexes.push_back({.path = path,
                         .bytes = static_cast<std::uint64_t>(status.st_size),
                         .used_ns = nanoseconds(status.st_mtim)});
    } else if (path.ends_with(kTemporarySuffix) &&
               status.st_mtim.tv_sec + kForgottenAfter < std::time(nullptr)) {
      unlink(path.c_str());
    }
  }
  return indexes;
}

std::uint64_t sum_of(const std::vector<StoredIndex>& indexes) {
  std::uint64_t sum = 0;
  for (const StoredIndex& index : indexes) sum += index.bytes;
  return sum;
}

std::uint64_t allowed_bytes(const std::string& folder, const IndexCache::Limits& limits) {
  struct statvfs disk{};
  if (statvfs(folder.c_str(), &disk) != 0) return 0;
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::uint64_t without_us = free + sum_of(list_indexes(folder));
  return std::min(limits.bytes, without_us / 100 * limits.percent_of_free);
}

// To write beyond it would be a signal, not an error.
std::uint64_t longest_file() {
  rlimit limit{};
  return getrlimit(RLIMIT_FSIZE, &limit) == 0 ? limit.rlim_cur : 0;
}

// Deletes the least recently used ones until the others fit.
void trim(const std::string& folder, std::uint64_t allowed) {
  std::vector<StoredIndex> indexes = list_indexes(folder);
  std::ranges::sort(indexes, {}, &StoredIndex::used_ns);
  std::uint64_t sum = sum_of(indexes);
  for (const StoredIndex& index : indexes) {
    if (sum <= allowed) return;
    unlink(index.path.c_str());
    sum -= index.bytes;
  }
}

std::string temporary_beside(const std::string& path) {
  static std::atomic<std::uint64_t> count{0};
  const std::uint64_t number = combine(process_seed(), count++);
  return fmt::format("{}.{}-{:016x}{}", path, getpid(), number, kTemporarySuffix);
}

}  // namespace

std::optional<DumpKey> make_dump_key(const std::string& path, std::uint64_t maker) {
  std::error_code problem;
  const fs::path canonical = fs::canonical(path, problem);
  struct stat status{};
  // Only then opened: to open and close a pipe is not without effect.
  if (problem || stat(canonical.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  const int descriptor = ::open(canonical.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return std::nullopt;
  const bool known = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const auto samples = known ? hash_samples(descriptor, size) : std::nullopt;
  close(descriptor);
  if (!samples) return std::nullopt;
  return DumpKey{.path = canonical.string(),
                 .size = size,
                 .modified_ns = nanoseconds(status.st_mtim),
                 .changed_ns = nanoseconds(status.st_ctim),
                 .device = status.st_dev,
                 .inode = status.st_ino,
                 .samples = *samples,
                 .maker = maker};
}

std::optional<IndexCache> IndexCache::of_user() {
  const auto absolute = [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr || *value != '/') return std::nullopt;
    return value;
  };
  if (const auto cache = absolute("XDG_CACHE_HOME")) return IndexCache(*cache + "/tidemark");
  if (const auto home = absolute("HOME")) return IndexCache(*home + "/.cache/tidemark");
  return std::nullopt;
}

std::string IndexCache::path_of(const std::string& dump_path) const {
  return fmt::format("{}/{:016x}{}", folder_, stable_hash(dump_path), kSuffix);
}

std::optional<SectionFile> IndexCache::find(const DumpKey& key, unsigned threads) const {
  const std::string path = path_of(key.path);
  auto file = SectionFile::open(path);
  if (!file) return std::nullopt;
  const auto dump_path = file->text("dump_path");
  const auto numbers = file->column<std::uint64_t>("dump_key");
  if (!dump_path || !numbers || *dump_path != key.path ||
      !std::ranges::equal(*numbers, key_numbers(key))) {
    return std::nullopt;
  }
  if (!file->verify(threads)) return std::nullopt;
  utimensat(AT_FDCWD, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
  return std::move(*file);
}

bool IndexCache::store(SectionFileWriter sections, const DumpKey& key,
                       const Monitor& monitor) const {
  sections.add_text("dump_path", key.path);
  sections.add("dump_key", key_numbers(key));
  if (!make_folder(folder_)) return false;
  const std::uint64_t allowed = allowed_bytes(folder_, limits_);
  if (sections.file_bytes() > std::min(allowed, longest_file())) return false;
  const std::string path = path_of(key.path);
  const std::string temporary = temporary_beside(path);
  if (!sections.write(temporary, monitor)) return false;
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    unlink(temporary.c_str());
    return false;
  }
  trim(folder_, allowed);
  return true;
}

}  // namespace tidemark
