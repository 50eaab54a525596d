#include "report/table.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace tidemark {
namespace {

constexpr std::string_view kLongName =
    "ActiveSupport::Notifications::Fanout::Subscribers::Evented::Timed::Of::A::Very::Long::Name";

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Table classes() {
  return Table({number_column("OBJECTS"), number_column("BYTES"), name_column("CLASS")});
}

TEST(Table, LinesUp) {
  Table table = classes();
  table.add_row({"30,011", "1.2 MB", "PrimeLeak::Node"});
  table.add_row({"7", "280 B", "String"});
  EXPECT_EQ(table.print(TextStyle()),
            " OBJECTS   BYTES  CLASS\n"
            "  30,011  1.2 MB  PrimeLeak::Node\n"
            "       7   280 B  String\n");
}

TEST(Table, WithoutRowsIsItsHeader) {
  const Table table = classes();
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.print(TextStyle()), " OBJECTS  BYTES  CLASS\n");
  EXPECT_EQ(table.print(TextStyle(), {.header = false}), "");
}

TEST(Table, FooterStandsBelowARule) {
  Table table = classes();
  table.add_row({"7", "280 B", "String"});
  table.add_footer({"7", "280 B", "in all"});
  EXPECT_EQ(table.print(TextStyle(), {.indent = 0}),
            "OBJECTS  BYTES  CLASS\n"
            "      7  280 B  String\n"
            "──────────────────────\n"
            "      7  280 B  in all\n");
}

TEST(Table, EmptyCellsLeaveNoTrailingSpaces) {
  Table table({text_column("A"), number_column("B"), text_column("C")});
  table.add_row({"left", "", ""});
  table.add_row({"", "2", ""});
  EXPECT_EQ(table.print(TextStyle()),
            " A     B  C\n"
            " left\n"
            "       2\n");
}

TEST(Table, FlexibleColumnGivesWayFirst) {
  Table table({number_column("BYTES"), name_column("CLASS"), text_column("KIND")});
  table.add_row({"1.2 MB", kLongName, "OBJECT"});
  EXPECT_EQ(table.print(TextStyle(), {.width = 50}),
            "  BYTES  CLASS                              KIND\n"
            " 1.2 MB  ActiveSupport::N…Very::Long::Name  OBJECT\n");
}

TEST(Table, OtherTextsGiveWayWhenThatIsNotEnough) {
  Table table({number_column("BYTES"), path_column("SITE"), text_column("CLASS")});
  table.add_row({"1.2 MB", "/srv/app/models/audit.rb:19", kLongName});
  const auto lines = lines_of(table.print(TextStyle(), {.width = 40}));
  EXPECT_EQ(lines.at(1), " 1.2 MB  …t.rb:19  ActiveSupport::Notif…");
}

TEST(Table, NumbersAreNeverShortened) {
  Table table({number_column("A"), number_column("B"), name_column("CLASS")});
  table.add_row({"123,456,789,012", "123,456,789,012", kLongName});
  const std::string text = table.print(TextStyle(), {.width = 20});
  EXPECT_NE(text.find("123,456,789,012  123,456,789,012"), std::string::npos);
}

TEST(Table, MinAndMaxWidthsHold) {
  Table table(
      {{.title = "N", .align = Align::kRight, .min_width = 6}, {.title = "NAME", .max_width = 10}});
  table.add_row({"1", kLongName});
  EXPECT_EQ(table.print(TextStyle()),
            "      N  NAME\n"
            "      1  ActiveSup…\n");
}

TEST(Table, NoLimitPrintsEverything) {
  Table table = classes();
  const std::string name(300, 'x');
  table.add_row({"1", "2", name});
  EXPECT_NE(table.print(TextStyle(), {.width = 0}).find(name), std::string::npos);
}

TEST(Table, HostileNamesStayInTheirCell) {
  Table table = classes();
  table.add_row({"1", "2", "evil\n\x1b[2J\xff"});
  EXPECT_EQ(table.print(TextStyle(true), {.header = false}), " 1  2  evil\\n\\x1b[2J\\xff\n");
}

TEST(Table, WideCharactersLineUp) {
  Table table({text_column("NAME"), number_column("N")});
  table.add_row({"数据", "1"});
  table.add_row({"abcd", "2"});
  EXPECT_EQ(table.print(TextStyle(), {.header = false}),
            " 数据  1\n"
            " abcd  2\n");
}

TEST(Table, ColourTakesNoRoom) {
  Table table = classes();
  table.add_row({{"+7", Tint::kRed}, "280 B", "String"});
  EXPECT_EQ(table.print(TextStyle(true)),
            " \x1b[1mOBJECTS\x1b[0m  \x1b[1mBYTES\x1b[0m  \x1b[1mCLASS\x1b[0m\n"
            "      \x1b[31m+7\x1b[0m  280 B  String\n");
}

TEST(Table, FitsItsWidthWhateverTheTexts) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    Table table({number_column("N"), path_column("SITE", false), name_column("CLASS")});
    for (int row = 0; row < 4; ++row) {
      std::string site(random() % 150, 's');
      std::string name(random() % 150, '\0');
      for (char& c : name) c = static_cast<char>(random());
      table.add_row({"123", site, name});
    }
    for (const std::string& line : lines_of(table.print(TextStyle()))) {
      ASSERT_LE(display_width(line), kTextWidth) << line;
    }
  }
}

}  // namespace
}  // namespace tidemark
