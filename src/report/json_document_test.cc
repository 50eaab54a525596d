#include "report/json_document.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "report/csv_document.h"

namespace tidemark {
namespace json_document_test {

struct Holder {
  std::string name;
  std::optional<std::uint64_t> bytes;
};

struct Row {
  std::string label;
  std::optional<Holder> holder;
  std::vector<int> counts;
  std::vector<Holder> others;
};

struct Rows {
  std::vector<Notice> notices;
  std::vector<Row> rows;
};

void describe(Fields& fields, const Holder& holder) {
  fields.record("Holder", "Who holds it.");
  fields("name", holder.name, "its name");
  fields("bytes", holder.bytes, "what it takes");
}

void describe(Fields& fields, const Row& row) {
  fields.record("Row", "A row.");
  fields("label", row.label, "its label");
  fields("holder", row.holder, "who holds it");
  fields("counts", row.counts, "how many");
  fields("others", row.others, "other holders");
}

void describe(Fields& fields, const Rows& rows) {
  fields.document("rows", 2, "Rows.", rows.notices);
  fields.rows("rows", rows.rows, "all rows");
}

Rows example() {
  Rows rows;
  rows.notices.push_back({.code = "damaged_lines",
                          .message = "2 lines were skipped",
                          .file = "a.json",
                          .offset = 7,
                          .hint = {}});
  rows.rows.push_back({.label = "=1+1",
                       .holder = Holder{.name = "a, b", .bytes = 7},
                       .counts = {1, 2},
                       .others = {{.name = "x", .bytes = {}}}});
  rows.rows.push_back({.label = "plain", .holder = {}, .counts = {}, .others = {}});
  return rows;
}

}  // namespace json_document_test

namespace {

using json_document_test::example;
using nlohmann::json;

json parsed(const json_document_test::Rows& rows, std::size_t limit) {
  StringSink sink;
  write_json(sink, rows, limit);
  return json::parse(sink.text());
}

TEST(JsonDocument, SaysWhatItIsAndWhoMadeItWhen) {
  ASSERT_EQ(setenv("SOURCE_DATE_EPOCH", "86399", 1), 0);
  const json document = parsed(example(), Fields::kAll);
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_EQ(document["schema"], "tidemark.rows/2");
  EXPECT_EQ(document["tool"], "tidemark " TIDEMARK_VERSION);
  EXPECT_EQ(document["generated_at"], "1970-01-01T23:59:59Z");
  EXPECT_EQ(document["notices"][0]["code"], "damaged_lines");
  EXPECT_EQ(document["notices"][0]["offset_bytes"], 7);
  EXPECT_TRUE(document["notices"][0]["hint"].is_null());
}

TEST(JsonDocument, EveryFieldIsThereAndNullIsUnknown) {
  const json document = parsed(example(), Fields::kAll);
  EXPECT_EQ(document["rows"][0]["holder"]["bytes"], 7);
  EXPECT_TRUE(document["rows"][0]["others"][0]["bytes"].is_null());
  EXPECT_TRUE(document["rows"][1].contains("holder"));
  EXPECT_TRUE(document["rows"][1]["holder"].is_null());
}

TEST(JsonDocument, AListThatIsCutSaysHowManyThereAre) {
  const json document = parsed(example(), 1);
  EXPECT_EQ(document["rows"].size(), 1U);
  EXPECT_EQ(document["rows_total"], 2);
}

TEST(JsonDocument, OnOneLineIsTheSame) {
  ASSERT_EQ(setenv("SOURCE_DATE_EPOCH", "0", 1), 0);
  StringSink sink;
  write_json_line(sink, example());
  EXPECT_EQ(sink.text().find('\n'), sink.text().size() - 1);
  EXPECT_EQ(json::parse(sink.text()), parsed(example(), Fields::kAll));
  unsetenv("SOURCE_DATE_EPOCH");
}

TEST(CsvDocument, HasAColumnForEachFieldOfARow) {
  StringSink sink;
  write_csv(sink, example().rows);
  EXPECT_EQ(sink.text(),
            "label,holder_name,holder_bytes,counts\n"
            "'=1+1,\"a, b\",7,1;2\n"
            "plain,,,\n");
}

}  // namespace
}  // namespace tidemark
