// The end of a watch as a document: the answer without a terminal and the command say the same.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "answers/series/watch.h"
#include "base/file_descriptor.h"
#include "diff/program.h"
#include "report/json_document.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

std::string growing_log() {
  std::string log;
  for (int i = 0; i < 300; ++i) {
    log += fmt::format(
        "2026-01-31T{:02}:{:02}:00.000000+00:00 heroku[web.1]: source=web.1 dyno=heroku.1.u "
        "sample#memory_total={}.00MB sample#memory_rss={}.00MB sample#memory_cache=0.00MB "
        "sample#memory_swap=0.00MB sample#memory_quota=512.00MB\n",
        i / 60, i % 60, 200 + i / 2, 200 + i / 2);
  }
  return log;
}

TEST(WatchDocument, IsWhatTheAnswerIs) {
  const TemporaryFolder folder;
  write_file(folder / "log", growing_log());
  ASSERT_EQ(setenv("SOURCE_DATE_EPOCH", "0", 1), 0);
  const Ran ran = shell("$TIDEMARK watch - --format json <'" + (folder / "log") + "'");
  EXPECT_EQ(ran.code, 3) << ran.err;

  WatchRequest request;
  request.target = "-";
  const FileDescriptor log(open((folder / "log").c_str(), O_RDONLY | O_CLOEXEC));
  WatchListener nobody;
  Monitor monitor;
  const auto said = answer(request, nobody, monitor, {.clock = nullptr, .log = log.get()});
  ASSERT_TRUE(said);
  StringSink sink;
  write_json(sink, *said);
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_EQ(sink.text(), ran.out);
}

}  // namespace
}  // namespace tidemark
