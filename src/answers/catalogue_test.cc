#include "answers/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace tidemark {
namespace {

TEST(AllDocuments, AreDescribedAsTheyMustBe) {
  std::vector<std::string> problems;
  all_documents(&problems);
  EXPECT_THAT(problems, ::testing::IsEmpty());
}

// One name, one shape, over all documents: a record of a name is the same everywhere.
TEST(AllDocuments, ShareTheirRecords) {
  const auto text = [](const RecordShape& record) {
    std::string out;
    for (const FieldShape& field : record.fields) {
      out += field.name + (field.list ? "[]" : "") + (field.optional ? "? " : " ") + field.type +
             field.meaning + ";";
    }
    return out;
  };
  std::map<std::string, std::string> seen;
  std::map<std::string, int> documents;
  for (const DocumentShape& document : all_documents()) {
    EXPECT_EQ(document.version, 2) << document.top.name;
    EXPECT_EQ(documents[document.top.name]++, 0) << document.top.name;
    for (const RecordShape& record : document.records) {
      const auto [known, is_new] = seen.emplace(record.name, text(record));
      EXPECT_EQ(known->second, text(record)) << record.name;
    }
  }
}

// A field that holds a quantity names its unit; a number without one is a count. The parts of an
// estimate have the unit of its own name: "growth_bytes_per_hour": {"value": ..., "low": ...}.
TEST(AllDocuments, NumbersThatAreNoCountsNameTheirUnit) {
  const auto check = [](const RecordShape& record) {
    for (const FieldShape& field : record.fields) {
      if (field.kind == FieldKind::kNumber && record.name != "Estimate") {
        EXPECT_FALSE(field.unit.empty()) << record.name << "." << field.name;
      }
    }
  };
  for (const DocumentShape& document : all_documents()) {
    check(document.top);
    for (const RecordShape& record : document.records) check(record);
  }
}

}  // namespace
}  // namespace tidemark
