#include "base/stable_list.h"

#include <gtest/gtest.h>

#include <thread>

namespace tidemark {
namespace {

TEST(StableList, HasWhatWasAdded) {
  StableList<std::uint64_t> list;
  std::vector<const std::uint64_t*> places;
  constexpr std::uint64_t kMany = 100'000;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    EXPECT_EQ(list.size(), i);
    list.push_back(i * 3);
    places.push_back(&list[i]);
  }
  for (std::uint64_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(list[i], i * 3);
    ASSERT_EQ(&list[i], places[i]) << "moved";
  }
}

TEST(StableList, ThreadsReadWhileOneAdds) {
  StableList<std::uint64_t> list;
  constexpr std::uint64_t kMany = 200'000;
  const auto read = [&] {
    while (true) {
      const std::size_t size = list.size();
      for (std::size_t i = size > 100 ? size - 100 : 0; i < size; ++i) ASSERT_EQ(list[i], i + 7);
      if (size == kMany) return;
    }
  };
  const std::jthread first(read);
  const std::jthread second(read);
  for (std::uint64_t i = 0; i < kMany; ++i) list.push_back(i + 7);
}

}  // namespace
}  // namespace tidemark
