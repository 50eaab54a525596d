// What answers about live processes say without a terminal is what the commands say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "answers/live/capture.h"
#include "capture/live_process.h"
#include "report/json_document.h"

namespace tidemark {
namespace {

const char* const kResting = "puts 'ready'; $stdout.flush; sleep";

template <class Answer>
nlohmann::json document_of(const Answer& answer) {
  StringSink sink;
  write_json(sink, answer);
  return nlohmann::json::parse(sink.text());
}

std::vector<std::string> names_in(const nlohmann::json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

class Collected final : public CaptureListener {
 public:
  std::string facts(const CaptureAnswer& capture) override { return "facts of " + capture.path; }
  void captured(const CaptureAnswer& capture) override { captures.push_back(document_of(capture)); }

  std::vector<nlohmann::json> captures;
};

TEST(LiveAnswers, DoctorSaysWhatTheCommandSays) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kResting);
  Monitor monitor;
  const auto answered = answer(DoctorTargetRequest{.target = ruby.name()}, monitor);
  ASSERT_TRUE(answered) << answered.error().message;
  const auto ours = document_of(*answered);
  const auto theirs = tidemark_json("doctor " + ruby.name());
  EXPECT_EQ(names_in(ours), names_in(theirs));
  for (const std::string field : {"schema", "tool", "notices", "best_method"}) {
    EXPECT_EQ(ours[field], theirs[field]) << field;
  }
  EXPECT_EQ(ours["process"]["command"], theirs["process"]["command"]);
  EXPECT_EQ(ours["methods"].size(), theirs["methods"].size());
  EXPECT_EQ(names_in(document_of(*answer(DoctorRequest{}, monitor))),
            names_in(tidemark_json("doctor")));
}

TEST(LiveAnswers, ASeriesSaysWhatTheCommandSays) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kResting);
  Monitor monitor;
  Collected collected;
  CaptureSeriesRequest request;
  request.target = ruby.name();
  request.output = ruby.folder() / "ours/";
  std::filesystem::create_directory(request.output);
  request.count = 2;
  request.every = std::chrono::seconds(1);
  const auto series = answer(request, collected, monitor);
  ASSERT_TRUE(series) << series.error().message;
  ASSERT_EQ(series->captures.size(), 2U);
  ASSERT_EQ(collected.captures.size(), 2U);
  EXPECT_EQ(collected.captures[1]["number"], 2);
  const std::string path = series->captures[1].path;
  EXPECT_EQ(collected.captures[1]["path"], path);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(read_file(path + ".info.json"), "facts of " + path);

  const auto theirs =
      tidemark_json("capture " + ruby.name() + " -o '" + (ruby.folder() / "theirs") + "'");
  const auto& ours = collected.captures[0];
  EXPECT_EQ(names_in(ours), names_in(theirs));
  for (const std::string field : {"schema", "host", "kind", "method", "redacted", "notices"}) {
    EXPECT_EQ(ours[field], theirs[field]) << field;
  }
  EXPECT_TRUE(ruby.alive());
}

TEST(LiveAnswers, ACancelledSeriesStops) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kResting);
  Monitor monitor;
  class Cancels final : public CaptureListener {
   public:
    explicit Cancels(Monitor& monitor) : monitor_(monitor) {}
    void captured(const CaptureAnswer& /*capture*/) override { monitor_.cancel(); }

   private:
    Monitor& monitor_;
  } cancels(monitor);
  CaptureSeriesRequest request;
  request.target = ruby.name();
  request.output = ruby.folder() / "";
  request.count = 3;
  request.every = std::chrono::seconds(60);
  const auto series = answer(request, cancels, monitor);
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace tidemark
