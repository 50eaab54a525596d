#include "report/summary_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "report/safe_text.h"
#include "report/wrap.h"
#include "support/graph_builder.h"

namespace tidemark {
namespace {

using nlohmann::json;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

MATCHER(fits_the_screen, "") { return display_width(arg) <= kTextWidth; }

struct Heap {
  explicit Heap(HeapGraph heap) : graph(std::move(heap)) {
    Monitor monitor;
    dominators = *compute_dominators(graph, monitor);
    summary = *summarise(graph, known(), {}, monitor);
  }
  [[nodiscard]] const Dominators* known() const {
    return graph.report.has_roots ? &dominators : nullptr;
  }
  [[nodiscard]] SummaryReport report(SummaryReportOptions options = {}) const {
    if (options.name.empty()) options.name = options.path = "heap.json";
    return {graph, known(), summary, std::move(options)};
  }
  [[nodiscard]] std::string text(SummaryReportOptions options = {}) const {
    return report(std::move(options)).text(TextStyle());
  }
  [[nodiscard]] json parsed(SummaryReportOptions options = {}) const {
    StringSink sink;
    report(std::move(options)).json(sink);
    return json::parse(sink.text());
  }
  [[nodiscard]] std::vector<std::string> csv(SummaryReportOptions options) const {
    StringSink sink;
    report(std::move(options)).csv(sink);
    return lines_of(sink.text());
  }

  HeapGraph graph;
  Dominators dominators;
  Summary summary;
};

// An audit log that holds `entries` records with a text each, and as much garbage.
HeapGraph audit(std::uint32_t entries, bool traced = true, std::uint8_t table_flags = kOverhead) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto module = heap.class_node("Audit", 600);
  const auto log = heap.array("Array", 800);
  heap.set_extent(log, entries);
  heap.edges(vm, {module});
  heap.edge(module, log);
  for (std::uint32_t i = 0; i < 2 * entries; ++i) {
    const bool kept = i < entries;
    const auto entry = heap.object(kept ? "Audit::Entry" : "Passing", 40);
    const auto text = heap.node("String", Role::kString, 100);
    if (kept) heap.edge(log, entry);
    heap.edge(entry, text);
    if (!traced) continue;
    heap.set_site(entry, "/srv/production/app/services/request_audit.rb", 19, "record");
    heap.set_generation(entry, 10 + i);
  }
  heap.add_flags(heap.node("Tracer", Role::kData, 5'000'000), table_flags);
  HeapGraph graph = heap.build();
  graph.report.traced_objects = traced ? 2 * entries : 0;
  graph.duplicate_texts.push_back({.preview = graph.words->intern("token=secret"),
                                   .count = 17,
                                   .bytes = 1700,
                                   .wasted = 1600,
                                   .example = graph.node_count() - 2,
                                   .length = 60});
  graph.duplicate_groups = 3;
  graph.duplicate_waste = 2000;
  return graph;
}

TEST(SummaryReport, TheFirstScreenAnswersWhatIsInHere) {
  const std::string text = Heap(audit(50)).text();
  EXPECT_THAT(text, HasSubstr("heap.json: 202 objects, 15.4 kB of memsize"));
  EXPECT_THAT(text, HasSubstr("reachable      102   8.4 kB  54.5 %"));
  EXPECT_THAT(text, HasSubstr("garbage        100   7.0 kB  45.5 %"));
  EXPECT_THAT(text, HasSubstr("tracing          1   5.0 MB"));
  EXPECT_THAT(text, HasSubstr("7.0 kB       50   2.0 kB  13.0 %  Audit::Entry"));
  EXPECT_THAT(text, HasSubstr("/srv/production/app/services/request_audit.rb:19"));
  EXPECT_THAT(text, HasSubstr("OBJECT"));
  EXPECT_THAT(text, HasSubstr("GC 10 "));
  EXPECT_THAT(text, HasSubstr("Passing")) << "much garbage is listed by class";
  EXPECT_THAT(text, HasSubstr("token=secret…"));
  EXPECT_THAT(text, HasSubstr("Array (50)"));
  EXPECT_THAT(text, HasSubstr("class Audit"));
  EXPECT_THAT(text, HasSubstr("tidemark suspects heap.json"));
  EXPECT_THAT(lines_of(text), Each(fits_the_screen()));
  EXPECT_LE(lines_of(text).size(), 60U);
}

TEST(SummaryReport, AnUntracedHeapSaysHowToGetMore) {
  const std::string text = Heap(audit(5, false)).text();
  EXPECT_THAT(text, HasSubstr("ObjectSpace.trace_object_allocations_start"));
  EXPECT_THAT(text, Not(HasSubstr("GC 10")));
  EXPECT_THAT(text, Not(HasSubstr("PACKAGES")));
  EXPECT_THAT(Heap(audit(5, false)).text({.by = Dimension::kGeneration}),
              HasSubstr("no object has a recorded generation"));
}

TEST(SummaryReport, WithoutRootsSaysWhatIsMissing) {
  HeapGraph graph = audit(5);
  graph.report.has_roots = false;
  const Heap heap(std::move(graph));
  const std::string text = heap.text();
  EXPECT_THAT(text, HasSubstr("There are no ROOT records"));
  EXPECT_THAT(text, Not(HasSubstr("RETAINED")));
  EXPECT_THAT(text, Not(HasSubstr("suspects")));
  EXPECT_THAT(heap.text({.by = Dimension::kClass, .sort = SummarySort::kRetained}),
              Not(HasSubstr("RETAINED")));
  EXPECT_TRUE(heap.parsed()["reachability"].is_null());
  EXPECT_FALSE(heap.parsed()["groups"]["class"]["rows"][0].contains("retained_bytes"));
  EXPECT_THAT(heap.csv({.by = Dimension::kClass})[1], testing::EndsWith(",,,"));
}

TEST(SummaryReport, NothingOfTheInputIsThere) {
  GraphBuilder empty;
  empty.root("vm");
  const Heap heap(empty.build());
  EXPECT_THAT(heap.text(), HasSubstr("0 objects, 0 B of memsize"));
  EXPECT_EQ(heap.parsed()["heap"]["objects"], 0);
  for (const std::string_view name : kDimensionNames) {
    const Dimension by = *dimension_named(name);
    EXPECT_THAT(lines_of(heap.text({.by = by})), Each(fits_the_screen()));
    EXPECT_GE(heap.csv({.by = by}).size(), 1U);
  }
}

TEST(SummaryReport, ATableAddsUpToAllObjects) {
  const Heap heap(audit(50));
  const std::string text = heap.text({.by = Dimension::kClass, .limit = 2});
  EXPECT_THAT(text, HasSubstr("202 objects, 15.4 kB of memsize, of 5 classes"));
  EXPECT_THAT(text, HasSubstr("(3 others)"));
  EXPECT_THAT(text, HasSubstr("100 %"));
  EXPECT_THAT(heap.text({.by = Dimension::kClass, .data_only = true}), HasSubstr("program"));
  for (const std::string_view name : kDimensionNames) {
    const std::string table = heap.text({.by = dimension_named(name)});
    EXPECT_THAT(lines_of(table), Each(fits_the_screen())) << table;
    EXPECT_THAT(table, HasSubstr("all"));
  }
}

TEST(SummaryReport, OrderLimitAndFilter) {
  const Heap heap(audit(50));
  const auto first = [&](SummaryReportOptions options) {
    return heap.parsed(std::move(options))["groups"]["class"]["rows"][0]["label"];
  };
  EXPECT_EQ(first({}), "Class");
  EXPECT_EQ(first({.data_only = true}), "Array");
  EXPECT_EQ(first({.sort = SummarySort::kCount}), "String");
  EXPECT_EQ(first({.sort = SummarySort::kBytes}), "String");
  EXPECT_EQ(first({.filter = "Pass"}), "Passing");
  EXPECT_EQ(heap.parsed({.limit = 1})["groups"]["type"]["rows"].size(), 1U);
  EXPECT_EQ(heap.parsed({.limit = 0})["groups"]["type"]["rows"].size(), 0U);
}

void expect_sum(const json& table, const json& heap) {
  std::uint64_t objects = table["others"]["objects"];
  std::uint64_t bytes = table["others"]["bytes"];
  for (const json& row : table["rows"]) {
    objects += row["objects"].get<std::uint64_t>();
    bytes += row["bytes"].get<std::uint64_t>();
  }
  EXPECT_EQ(objects, heap["objects"]);
  EXPECT_EQ(bytes, heap["bytes"]);
}

TEST(SummaryReport, JsonReconciles) {
  const Heap heap(audit(50));
  for (const std::size_t limit : {0U, 1U, 3U, 1000U}) {
    const json all = heap.parsed({.limit = limit});
    EXPECT_EQ(all["schema"], "tidemark.summary/1");
    EXPECT_EQ(all["groups"].size(), 6U);
    for (const auto& [name, table] : all["groups"].items()) {
      SCOPED_TRACE(name);
      expect_sum(table, all["heap"]);
    }
    expect_sum(all["garbage_by_class"], all["reachability"]["garbage"]);
    json ages = {{"rows", all["generations"]["bins"]},
                 {"others", all["generations"]["not_traced"]}};
    if (limit > 0) expect_sum(ages, all["heap"]);
  }
  const json one = heap.parsed({.by = Dimension::kGem});
  EXPECT_EQ(one["groups"].size(), 1U);
  EXPECT_FALSE(one.contains("duplicate_strings"));
}

TEST(SummaryReport, JsonHasTheLargestObjectsAndTheirHolders) {
  const json largest = Heap(audit(50)).parsed()["largest"];
  EXPECT_EQ(largest["by_bytes"][0]["type"], "ARRAY");
  const json& log = largest["by_retained_bytes"][0];
  EXPECT_EQ(log["retained_bytes"], 7800);
  EXPECT_EQ(log["held_by"], "class Audit");
  EXPECT_THAT(log["address"].get<std::string>(), testing::StartsWith("0x7f"));
}

TEST(SummaryReport, CsvHasOneLineForEachGroup) {
  const Heap heap(audit(50));
  const auto lines = heap.csv({.by = Dimension::kClass, .sort = SummarySort::kCount});
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0],
            "label,class,type,objects,bytes,program_objects,program_bytes,garbage_objects,"
            "garbage_bytes,retained_bytes");
  EXPECT_EQ(lines[1], "String,String,STRING,100,10000,0,0,50,5000,5000");
  EXPECT_EQ(heap.csv({.by = Dimension::kClass, .limit = 2}).size(), 3U);
  const auto ages = heap.csv({.by = Dimension::kGeneration, .limit = 10});
  ASSERT_EQ(ages.size(), 12U);
  EXPECT_EQ(ages[1], "10,19,10,400,0,0");
  EXPECT_EQ(ages[11], ",,102,11400,1,600") << "not traced";
}

TEST(SummaryReport, ContentsAreShownOnlyWhenWanted) {
  const Heap heap(audit(5));
  EXPECT_THAT(heap.text({.contents = false}), Not(HasSubstr("secret")));
  EXPECT_THAT(heap.parsed({.contents = false}).dump(), Not(HasSubstr("secret")));
  EXPECT_EQ(heap.parsed()["duplicate_strings"]["rows"][0]["preview"], "token=secret");
}

TEST(SummaryReport, HostileNamesAndLongPathsDoNoHarm) {
  GraphBuilder builder;
  const auto vm = builder.root("vm");
  const std::string bad = "\x1b[31mred\nline\xff" + std::string(300, 'x');
  const auto node = builder.object(bad, 1U << 20);
  builder.edge(vm, node);
  builder.set_site(node, bad, 1, bad);
  builder.set_generation(node, 3);
  HeapGraph graph = builder.build();
  graph.report.traced_objects = 1;
  const Heap heap(std::move(graph));
  const std::string path = "/tmp/a folder/" + std::string(90, 'd') + "\x1b[2J.json";
  SummaryReportOptions options;
  options.name = options.path = path;
  std::vector<std::string> pages = {heap.text(options)};
  for (const std::string_view name : kDimensionNames) {
    options.by = dimension_named(name);
    pages.push_back(heap.text(options));
  }
  for (const std::string& page : pages) {
    EXPECT_THAT(page, Not(HasSubstr("\x1b")));
    for (const std::string& line : lines_of(page)) {
      if (line.find("dddd") == std::string::npos) {
        EXPECT_THAT(line, fits_the_screen());
      }
    }
  }
  EXPECT_NO_THROW((void)heap.parsed());
}

TEST(SummaryReport, ColourChangesNoColumn) {
  const Heap heap(audit(50));
  const std::string coloured = heap.report().text(TextStyle(true));
  std::vector<std::size_t> widths;
  for (const std::string& line : lines_of(coloured)) widths.push_back(display_width(line));
  std::vector<std::size_t> plain;
  for (const std::string& line : lines_of(heap.text())) plain.push_back(display_width(line));
  EXPECT_EQ(widths, plain);
  EXPECT_THAT(coloured, HasSubstr("\x1b["));
}

}  // namespace
}  // namespace tidemark
