// What a command writes under --format json is the answer that a caller without a terminal gets,
// and what is kept in tests/golden/.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "answers/heap/devtools_comparison.h"
#include "answers/heap/diff.h"
#include "answers/heap/retainers.h"
#include "answers/heap/summary.h"
#include "answers/heap/suspects.h"
#include "answers/heap/three_dump_method.h"
#include "diff/program.h"
#include "report/json_document.h"
#include "support/golden.h"
#include "support/leaking_app.h"
#include "support/snapshot_builder.h"

namespace tidemark {
namespace {

class HeapDocument : public testing::Test {
 protected:
  HeapDocument() {
    setenv("SOURCE_DATE_EPOCH", "0", 1);
    for (std::uint64_t i = 0; i < 3; ++i) {
      write_file(folder_ / std::to_string(i) + ".json", leaking_app_dump(i));
    }
  }
  ~HeapDocument() override { unsetenv("SOURCE_DATE_EPOCH"); }

  [[nodiscard]] std::vector<std::string> dumps() const {
    return {folder_ / "0.json", folder_ / "1.json", folder_ / "2.json"};
  }
  // The folder's name is another each time.
  [[nodiscard]] std::string nameless(std::string text) const {
    const std::string folder = folder_.path() + "/";
    for (std::size_t at = 0; (at = text.find(folder, at)) != std::string::npos;) {
      text.erase(at, folder.size());
    }
    return text;
  }
  template <class Request>
  void expect_document(const Request& request, const std::string& command,
                       const std::string& golden, std::size_t limit = Fields::kAll) {
    Monitor monitor;
    const auto found = answer(request, monitor);
    ASSERT_TRUE(found) << found.error().message;
    StringSink sink;
    write_json(sink, *found, limit);
    const std::string rows = limit == Fields::kAll ? "0" : std::to_string(limit);
    const Ran ran = tidemark(command + " --format json --limit " + rows);
    EXPECT_EQ(ran.out, sink.text()) << ran.err;
    EXPECT_EQ(golden_difference(golden, nameless(sink.text())), "");
  }

  TemporaryFolder folder_;
};

std::string joined(const std::vector<std::string>& paths) {
  std::string all;
  for (const std::string& path : paths) all += path + " ";
  return all;
}

// Two snapshots of one session: 5 orders came, 2 went.
std::string snapshot(std::uint64_t first_order, std::uint64_t end_order) {
  SnapshotBuilder snapshot;
  const auto shop = snapshot.node("object", "Shop", 101, 40);
  snapshot.edge(0, "property", "shop", shop);
  for (std::uint64_t id = first_order; id < end_order; ++id) {
    const auto order = snapshot.node("object", "Order", 201 + 2 * id, 32);
    snapshot.edge(shop, "element", static_cast<std::uint32_t>(id), order);
  }
  return snapshot.text();
}

TEST_F(HeapDocument, Diff) {
  expect_document(
      DiffRequest{.dumps = dumps(), .filter = {}, .at_seconds = {0, 1800, 7200}, .read = {}},
      "diff --at 10:00,10:30,12:00 " + joined(dumps()), "diff.json");
}

// A list of times takes none of the dumps that follow it.
TEST_F(HeapDocument, TimesStandBeforeOrBehindTheDumps) {
  const std::string times = "--at 10:00,10:30,12:00 ";
  const Ran before = tidemark("diff " + times + joined(dumps()));
  EXPECT_EQ(before.code, 0) << before.err;
  EXPECT_NE(before.out.find("over 2.0 h (by --at)"), std::string::npos) << before.out;
  EXPECT_EQ(tidemark("diff " + joined(dumps()) + times).out, before.out);
}

TEST_F(HeapDocument, Summary) {
  SummaryRequest request;
  request.dump = folder_ / "2.json";
  request.largest = 3;
  expect_document(request, "summary " + request.dump, "summary.json", request.largest);
}

TEST_F(HeapDocument, Suspects) {
  SuspectsRequest request;
  request.dumps = dumps();
  request.at_seconds = {0, 1800, 7200};
  expect_document(request, "suspects --at 10:00,10:30,12:00 " + joined(dumps()), "suspects.json");
}

TEST_F(HeapDocument, Retainers) {
  RetainersRequest request;
  request.dump = folder_ / "2.json";
  request.object = "Array";
  expect_document(request, "retainers " + request.dump + " Array", "retainers.json");
}

TEST_F(HeapDocument, ThreeDumpMethod) {
  expect_document(ThreeDumpRequest{.dumps = dumps(), .read = {}},
                  "diff --compat detect-leaks " + joined(dumps()), "three_dump_method.json");
}

TEST_F(HeapDocument, DevtoolsComparison) {
  const std::vector<std::string> two = {folder_ / "1.heapsnapshot", folder_ / "2.heapsnapshot"};
  write_file(two[0], snapshot(0, 20));
  write_file(two[1], snapshot(2, 25));
  expect_document(DevtoolsComparisonRequest{.dumps = two, .read = {}},
                  "diff --compat devtools " + two[0] + " " + two[1], "devtools_comparison.json");
}

}  // namespace
}  // namespace tidemark
