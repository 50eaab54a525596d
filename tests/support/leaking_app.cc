#include "support/leaking_app.h"

#include <string_view>
#include <utility>
#include <vector>

#include "support/dump_builder.h"

namespace tidemark {
namespace {

constexpr std::uint64_t kClassAudit = 0x1000;
constexpr std::uint64_t kClassEntry = 0x1100;
constexpr std::uint64_t kClassPage = 0x1200;
constexpr std::uint64_t kClassPassing = 0x1300;
constexpr std::uint64_t kClassString = 0x1400;
constexpr std::uint64_t kClassArray = 0x1500;
constexpr std::uint64_t kClassHash = 0x1600;
constexpr std::uint64_t kLog = 0x2000;
constexpr std::uint64_t kCache = 0x2100;
constexpr std::uint64_t kEmpty = 0x2200;
constexpr std::uint64_t kSettings = 0x3000;
constexpr std::uint64_t kEntries = 0x10000;
constexpr std::uint64_t kTexts = 0x20000;
constexpr std::uint64_t kPages = 0x30000;
constexpr std::uint64_t kPassing = 0x40000;
constexpr std::uint64_t kSlot = 40;

std::vector<std::uint64_t> addresses(std::uint64_t first, std::uint64_t count) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = 0; i < count; ++i) all.push_back(first + kSlot * i);
  return all;
}

// Where and when an object was allocated.
DumpObject born(DumpObject object, bool traced, std::string_view file, std::uint64_t line,
                std::uint64_t generation) {
  if (!traced) return object;
  object.file = file;
  object.line = line;
  object.method = "call";
  object.generation = generation;
  return object;
}

void add_classes(DumpBuilder& dump) {
  dump.add({.address = kClassAudit,
            .type = "CLASS",
            .name = "Audit",
            .references = {kLog, kCache},
            .memsize = 600});
  for (const auto& [address, name] : {std::pair{kClassEntry, "Audit::Entry"},
                                      {kClassPage, "Page"},
                                      {kClassPassing, "Passing"},
                                      {kClassString, "String"},
                                      {kClassArray, "Array"},
                                      {kClassHash, "Hash"}}) {
    dump.add({.address = address, .type = "CLASS", .name = name, .memsize = 500});
  }
}

void add_log(DumpBuilder& dump, std::uint64_t number, bool traced) {
  const std::uint64_t entries = LeakingApp::kEntriesAtFirst + number * LeakingApp::kEntriesMore;
  dump.add({.address = kLog,
            .type = "ARRAY",
            .class_address = kClassArray,
            .size = entries,
            .references = addresses(kEntries, entries),
            .memsize = 1000});
  for (std::uint64_t i = 0; i < entries; ++i) {
    const std::uint64_t at = kSlot * i;
    const std::uint64_t generation = 10 + i / LeakingApp::kEntriesMore;
    const std::string text = "request number " + std::to_string(1000 + i);
    dump.add(born({.address = kEntries + at,
                   .class_address = kClassEntry,
                   .size = 1,
                   .references = {kTexts + at}},
                  traced, "/app/services/audit.rb", 19, generation));
    dump.add(born({.address = kTexts + at,
                   .type = "STRING",
                   .class_address = kClassString,
                   .value = text,
                   .encoding = "UTF-8",
                   .memsize = 80},
                  traced, "/app/services/audit.rb", 20, generation));
  }
}

void add_cache(DumpBuilder& dump, std::uint64_t number, bool traced) {
  const std::uint64_t pages = number == 0 ? std::uint64_t{0} : LeakingApp::kPages;
  dump.add({.address = kCache,
            .type = "HASH",
            .class_address = kClassHash,
            .size = pages,
            .references = addresses(kPages, pages),
            .memsize = 1500});
  for (const std::uint64_t address : addresses(kPages, pages)) {
    dump.add(born({.address = address, .class_address = kClassPage, .memsize = 160}, traced,
                  "/app/models/page.rb", 7, 15));
  }
}

}  // namespace

std::string leaking_app_dump(std::uint64_t number, bool traced) {
  DumpBuilder dump(Ruby::k33);
  std::vector<std::uint64_t> roots = {kClassAudit,  kClassEntry, kClassPage, kClassPassing,
                                      kClassString, kClassArray, kClassHash, kEmpty};
  const auto settings = addresses(kSettings, LeakingApp::kSettings);
  roots.insert(roots.end(), settings.begin(), settings.end());
  dump.root("vm", roots);
  add_classes(dump);
  add_log(dump, number, traced);
  add_cache(dump, number, traced);
  dump.add({.address = kEmpty, .type = "ARRAY", .class_address = kClassArray, .size = 0});
  for (const std::uint64_t address : settings) {
    dump.add({.address = address,
              .type = "STRING",
              .class_address = kClassString,
              .value = "production",
              .encoding = "UTF-8"});
  }
  const std::uint64_t passing = kPassing + 0x1000 * number;
  for (const std::uint64_t address : addresses(passing, LeakingApp::kPassing)) {
    dump.add(born({.address = address, .class_address = kClassPassing}, traced,
                  "/app/controllers/pages_controller.rb", 5, 20 + number));
  }
  return dump.text();
}

}  // namespace tidemark
