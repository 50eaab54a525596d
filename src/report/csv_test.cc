#include "report/csv.h"

#include <gtest/gtest.h>

#include <limits>

namespace tidemark {
namespace {

// The one row that `fill` writes, without header and line end.
std::string row(const std::function<void(CsvWriter&)>& fill) {
  StringSink sink;
  {
    CsvWriter csv(sink, {"a", "b"});
    fill(csv);
    csv.end_row();
  }
  const std::string header = "a,b\n";
  EXPECT_TRUE(sink.text().starts_with(header));
  EXPECT_TRUE(sink.text().ends_with("\n"));
  return sink.text().substr(header.size(), sink.text().size() - header.size() - 1);
}

TEST(Csv, HeaderAlone) {
  StringSink sink;
  {
    const CsvWriter csv(sink, {"class", "bytes, all"});
  }
  EXPECT_EQ(sink.text(), "class,\"bytes, all\"\n");
}

TEST(Csv, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(row([](CsvWriter& csv) { csv.text("String").number(280); }), "String,280");
  EXPECT_EQ(row([](CsvWriter& csv) { csv.text("a,b").text("say \"x\""); }),
            "\"a,b\",\"say \"\"x\"\"\"");
  EXPECT_EQ(row([](CsvWriter& csv) { csv.empty().text(""); }), ",");
}

TEST(Csv, NumbersArePlain) {
  EXPECT_EQ(row([](CsvWriter& csv) { csv.number(-7).number(0.5); }), "-7,0.5");
  EXPECT_EQ(row([](CsvWriter& csv) {
              csv.number(std::numeric_limits<std::uint64_t>::max())
                  .number(std::numeric_limits<double>::infinity());
            }),
            "18446744073709551615,");
}

TEST(Csv, FormulasAreDefused) {
  EXPECT_EQ(row([](CsvWriter& csv) { csv.text("=cmd|' /C calc'!A0").text("+1"); }),
            "'=cmd|' /C calc'!A0,'+1");
  EXPECT_EQ(row([](CsvWriter& csv) { csv.text("-x").text("@SUM(A1,A2)"); }),
            "'-x,\"'@SUM(A1,A2)\"");
  EXPECT_EQ(row([](CsvWriter& csv) { csv.text("a=b").text("#<Class:X>"); }), "a=b,#<Class:X>");
}

TEST(Csv, ARowIsALine) {
  EXPECT_EQ(row([](CsvWriter& csv) { csv.text("two\nlines").text("\x1b[2J\xff"); }),
            "two\\nlines,\\x1b[2J\\xff");
}

}  // namespace
}  // namespace tidemark
