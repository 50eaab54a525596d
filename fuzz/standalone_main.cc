// Drives a fuzzer without libFuzzer.
//
//   fuzz_x FILE|FOLDER...   runs every file once: to replay a crash
//   fuzz_x                  runs its seeds and a fixed number of random changes of them
//
// The second form is what CTest runs in every build. It always makes the same inputs, so that a
// failure repeats.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

constexpr int kMutants = 2000;
constexpr std::size_t kMaxMutantBytes = std::size_t{64} << 10U;

using Input = std::vector<std::uint8_t>;

Input read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Input(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

// Files in a fixed order, whatever the order of the file system.
std::vector<fs::path> list_files(const fs::path& path) {
  std::vector<fs::path> files;
  if (fs::is_directory(path)) {
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) {
        files.push_back(entry.path());
      }
    }
    std::ranges::sort(files);
  } else {
    files.push_back(path);
  }
  return files;
}

std::size_t below(std::mt19937_64& random, std::size_t limit) {
  return limit == 0 ? 0 : static_cast<std::size_t>(random() % limit);
}

// One to eight small changes: flip a bit, set a byte, cut a range, repeat a range, splice in a
// piece of another seed.
Input mutate(Input input, const Input& other, std::mt19937_64& random) {
  const std::size_t changes = 1 + below(random, 8);
  for (std::size_t i = 0; i < changes; ++i) {
    if (input.empty()) {
      input.push_back(static_cast<std::uint8_t>(random()));
      continue;
    }
    const std::size_t at = below(random, input.size());
    const auto here = std::next(input.begin(), static_cast<std::ptrdiff_t>(at));
    const auto length = static_cast<std::ptrdiff_t>(
        1 + below(random, std::min<std::size_t>(64, input.size() - at)));
    switch (random() % 5) {
      case 0:
        *here = static_cast<std::uint8_t>(*here ^ (1U << (random() % 8)));
        break;
      case 1:
        *here = static_cast<std::uint8_t>(random());
        break;
      case 2:
        input.erase(here, std::next(here, length));
        break;
      case 3: {
        const Input piece(here, std::next(here, length));
        input.insert(here, piece.begin(), piece.end());
        break;
      }
      default: {
        const std::size_t from = below(random, other.size());
        const std::size_t count = std::min<std::size_t>(below(random, 64), other.size() - from);
        const auto first = std::next(other.begin(), static_cast<std::ptrdiff_t>(from));
        input.insert(here, first, std::next(first, static_cast<std::ptrdiff_t>(count)));
        break;
      }
    }
  }
  if (input.size() > kMaxMutantBytes) {
    input.resize(kMaxMutantBytes);
  }
  return input;
}

void run(const Input& input) { LLVMFuzzerTestOneInput(input.data(), input.size()); }

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    for (int i = 1; i < argc; ++i) {
      for (const fs::path& file : list_files(argv[i])) {
        std::printf("%s\n", file.c_str());
        run(read_file(file));
      }
    }
    return 0;
  }

  std::vector<Input> seeds;
  if (fs::is_directory(TIDEMARK_FUZZ_SEEDS)) {
    for (const fs::path& file : list_files(TIDEMARK_FUZZ_SEEDS)) {
      seeds.push_back(read_file(file));
    }
  }
  seeds.emplace_back();
  for (const Input& seed : seeds) {
    run(seed);
  }
  std::mt19937_64 random(20101123);
  for (int i = 0; i < kMutants; ++i) {
    const Input& seed = seeds[below(random, seeds.size())];
    const Input& other = seeds[below(random, seeds.size())];
    run(mutate(seed, other, random));
  }
  std::printf("%zu seeds, %d mutants\n", seeds.size(), kMutants);
  return 0;
}
