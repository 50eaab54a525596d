#include "answers/series/watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <functional>
#include <string>
#include <vector>

#include "answers/series/load.h"
#include "base/file_descriptor.h"
#include "support/made_up_machine.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

constexpr int kPid = 900'000'001;  // of no process here
constexpr double kBegin = 1'769'868'000;

// Hours pass at once; `passing` is what the world does meanwhile.
class TurnedClock final : public WatchClock {
 public:
  std::function<void(double seconds)> passing = [](double) {};

  [[nodiscard]] double now() const override { return kBegin + seconds_; }
  [[nodiscard]] double steady() const override { return seconds_; }
  bool wait(double seconds, int input) override {
    pollfd wanted{.fd = input, .events = POLLIN, .revents = 0};
    if (input >= 0 && poll(&wanted, 1, 0) > 0) return true;
    seconds_ += seconds;
    passing(seconds_);
    return false;
  }

 private:
  double seconds_ = 0;
};

class Told final : public WatchListener {
 public:
  std::function<void()> at_each_look = [] {};
  std::vector<WatchLook> looks;
  std::vector<WatchEvent> events;
  std::vector<VerdictChange> verdicts;
  std::vector<TargetChange> targets;
  std::vector<Notice> failures;

  void looked(const WatchLook& look, const JudgedSeries& so_far) override {
    EXPECT_EQ(look.verdict, so_far.verdict.kind);
    looks.push_back(look);
    at_each_look();
  }
  void happened(const WatchEvent& event) override { events.push_back(event); }
  void verdict_changed(const VerdictChange& change) override { verdicts.push_back(change); }
  void target_changed(const TargetChange& change) override { targets.push_back(change); }
  void failed(const Notice& notice) override { failures.push_back(notice); }
};

class WatchAnswers : public ::testing::Test {
 protected:
  WatchAnswers() {
    machine_.process(kPid, 1, "puma", "puma 6.4", 200'000);
    request_.target = "puma";
    request_.every_seconds = 60;
    request_.for_seconds = 6 * 3600;
  }

  Result<VerdictAnswer> watch() {
    return answer(request_, told_, monitor_, {.clock = &clock_, .host = &machine_});
  }

  MadeUpMachine machine_;
  TurnedClock clock_;
  WatchRequest request_;
  Told told_;
  Monitor monitor_;
};

TEST_F(WatchAnswers, SayWhatGrowsWhileItGrows) {
  clock_.passing = [&](double seconds) {
    machine_.process(kPid, 1, "puma", "puma 6.4", 200'000 + static_cast<int>(seconds * 8));
  };
  request_.quota_bytes = 2e9;
  request_.every_seconds = 120;
  const auto said = watch();
  ASSERT_TRUE(said);
  EXPECT_EQ(said->input, "puma");
  ASSERT_EQ(said->series.size(), 1);
  EXPECT_EQ(said->series[0].verdict.kind, VerdictKind::kLeak);
  EXPECT_EQ(said->series[0].series.samples.size(), told_.looks.size());
  EXPECT_EQ(told_.looks.size(), 181);
  EXPECT_TRUE(told_.looks.back().last);
  EXPECT_FALSE(told_.looks.front().last);
  EXPECT_EQ(told_.looks.back().quota, 2e9);
  ASSERT_EQ(told_.looks.back().processes.size(), 1);
  EXPECT_EQ(told_.looks.back().processes[0].pid, kPid);
  ASSERT_FALSE(told_.verdicts.empty());
  EXPECT_EQ(told_.verdicts.front().before, VerdictKind::kInsufficient);
  EXPECT_EQ(told_.verdicts.back().after, VerdictKind::kLeak);
  EXPECT_TRUE(told_.targets.empty());
  EXPECT_TRUE(said->notices.empty());
}

TEST_F(WatchAnswers, FollowWhatIsRestarted) {
  clock_.passing = [&](double seconds) {
    if (seconds == 600) machine_.end(kPid);
    if (seconds == 1200) machine_.process(kPid + 1, 1, "puma", "puma 6.4", 150'000, 0, 200);
  };
  request_.for_seconds = 1800;
  const auto said = watch();
  ASSERT_TRUE(said);
  ASSERT_EQ(told_.targets.size(), 2);
  EXPECT_FALSE(told_.targets[0].running);
  EXPECT_EQ(told_.targets[0].time, kBegin + 600);
  EXPECT_TRUE(told_.targets[1].running);
  EXPECT_EQ(told_.targets[1].time, kBegin + 1200);
  ASSERT_EQ(told_.events.size(), 1);
  EXPECT_EQ(told_.events[0].event.kind, EventKind::kRestart);
  EXPECT_EQ(said->series[0].verdict.lives.size(), 2);
}

TEST_F(WatchAnswers, KeepWhatTheySawWhereTheyAreTold) {
  const TemporaryFolder folder;
  request_.record = folder / "history.db";
  request_.for_seconds = 3600;
  ASSERT_TRUE(watch());
  SeriesRequest recorded;
  recorded.input = request_.record;
  const auto set = load_series(recorded, monitor_);
  ASSERT_TRUE(set);
  ASSERT_EQ(set->series.size(), 1);
  EXPECT_EQ(set->series[0].samples.size(), told_.looks.size());

  request_.record = folder / "no/such/folder.db";
  EXPECT_FALSE(watch());
}

TEST_F(WatchAnswers, AreReadyAtOnceWhenCancelled) {
  told_.at_each_look = [&] {
    if (told_.looks.size() == 3) monitor_.cancel();
  };
  const auto said = watch();
  ASSERT_TRUE(said);
  EXPECT_EQ(told_.looks.size(), 3);
  EXPECT_EQ(said->series[0].series.samples.size(), 3);
}

TEST_F(WatchAnswers, NeedSomethingToWatch) {
  request_.target = "no-such-program-runs-here";
  const auto said = watch();
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, ErrorCode::kNotFound);
}

TEST_F(WatchAnswers, ReadALogToItsEnd) {
  std::string log;
  for (int i = 0; i < 300; ++i) {
    for (int dyno = 1; dyno <= 2; ++dyno) {
      log += fmt::format(
          "2026-01-31T{:02}:{:02}:00.000000+00:00 heroku[web.{}]: source=web.{} dyno=heroku.1.u "
          "sample#memory_total={}.00MB sample#memory_rss={}.00MB sample#memory_cache=0.00MB "
          "sample#memory_swap=0.00MB sample#memory_quota=512.00MB\n",
          i / 60, i % 60, dyno, dyno, 300 + 10 * dyno + i % 7, 300 + 10 * dyno + i % 7);
    }
  }
  const TemporaryFolder folder;
  write_file(folder / "log", log);
  const FileDescriptor input(open((folder / "log").c_str(), O_RDONLY | O_CLOEXEC));
  request_.target = "-";
  const auto said = answer(request_, told_, monitor_, {.clock = &clock_, .log = input.get()});
  ASSERT_TRUE(said);
  ASSERT_EQ(said->series.size(), 1);
  EXPECT_EQ(said->series[0].series.name, "web.2");
  EXPECT_EQ(said->series[0].series.samples.size(), 300);
  EXPECT_EQ(said->series[0].verdict.kind, VerdictKind::kSteady);
  EXPECT_TRUE(told_.looks.back().last);
}

}  // namespace
}  // namespace tidemark
