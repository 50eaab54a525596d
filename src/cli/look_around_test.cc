#include "cli/look_around.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using Lines = std::vector<std::string>;

TEST(LookAround, SaysTwoCommandsWhateverIsHere) {
  EXPECT_EQ(worth_running({}), (Lines{"heroku logs -n 1500 -a APP | tidemark verdict -",
                                      "tidemark doctor ssh://HOST"}));
  EXPECT_EQ(worth_running({.processes = {7, 8}, .dumps = {}, .start = "puma"}),
            (Lines{"tidemark watch 7 --heap", "tidemark capture 7"}));
}

TEST(LookAround, DumpsComeBeforeProcesses) {
  EXPECT_EQ(worth_running({.processes = {7}, .dumps = {"a", "b", "c", "d"}, .start = {}}),
            (Lines{"tidemark suspects b c d", "tidemark watch 7 --heap"}));
  EXPECT_EQ(worth_running({.processes = {}, .dumps = {"a"}, .start = "npm start"}),
            (Lines{"tidemark summary a", "tidemark reproduce --url / -- npm start"}));
}

}  // namespace
}  // namespace tidemark
