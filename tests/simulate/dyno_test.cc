// One dyno's log, read by every command that judges it: they must agree to the byte on its quota.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "diff/program.h"

namespace tidemark {
namespace {

// Half a day of web.1, a Standard-1X: it warms up within an hour and stays at `level`, in the MB
// that Heroku prints.
std::string dyno_log(double level) {
  std::string out =
      "2026-11-01T00:00:00+00:00 app[api]: Scaled to web@1:Standard-1X by user a@b.c\n";
  for (int minute = 0; minute < 720; ++minute) {
    const double noise = minute * 7919 % 13 / 6.0 - 1;
    const double total = level - 180 * std::exp(-minute / 12.0) + noise;
    out += fmt::format(
        "2026-11-01T{:02}:{:02}:20+00:00 heroku[web.1]: source=web.1 dyno=heroku.1.aaaa-1 "
        "sample#memory_total={:.2f}MB sample#memory_rss={:.2f}MB sample#memory_cache=0.00MB "
        "sample#memory_swap=0.00MB sample#memory_quota=512.00MB\n",
        minute / 60, minute % 60, total, total);
  }
  return out;
}

nlohmann::json json_of(const std::string& arguments) {
  const Ran ran = tidemark(arguments + " --format json");
  EXPECT_TRUE(ran.code == 0 || ran.code == 3) << arguments << ": " << ran.err;
  return nlohmann::json::parse(ran.out, nullptr, false);
}

// What `verdict LOG`, `size LOG` and `size LOG --dyno standard-1x` say of one log.
void expect_agreement(double level, bool over) {
  const TemporaryFolder folder;
  const std::string log = folder / "dyno.log";
  write_file(log, dyno_log(level));
  const auto verdict = json_of("verdict " + log)["series"][0];
  const std::string kind = over ? "overcommitted" : "steady";
  EXPECT_EQ(verdict["verdict"], kind);
  EXPECT_EQ(verdict["quota_bytes"], 536870912);
  const double plateau = verdict["conclusion"]["plateau_bytes"]["value"];
  EXPECT_EQ(plateau > 536870912, over) << plateau;
  for (const char* how : {"", " --dyno standard-1x", " --quota 512MiB"}) {
    const auto size = json_of("size " + log + " --workers 1" + how);
    EXPECT_EQ(size["quota_bytes"], 536870912) << how;
    EXPECT_EQ(size["now"]["fits"], !over) << how;
    EXPECT_EQ(size["known"][0].get<std::string>().find("web.1: over-committed") == 0, over) << how;
  }
}

TEST(DynoLog, IsOverItsQuotaForEveryCommandOrForNone) {
  expect_agreement(525, true);
  expect_agreement(440, false);
}

}  // namespace
}  // namespace tidemark
