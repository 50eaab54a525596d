#include "support/random_dump.h"

#include <array>
#include <random>
#include <string_view>

namespace tidemark {
namespace {

using namespace std::string_literals;

constexpr std::uint64_t kFirst = 0x7f0000010000;
constexpr std::uint64_t kClasses = 12;

class RandomDump {
 public:
  RandomDump(std::uint64_t seed, std::uint64_t objects, const DumpStyle& style)
      : random_(seed), objects_(objects), dump_(kAllRubies[seed % std::size(kAllRubies)], style) {}

  std::string text() {
    dump_.root("vm", {address(), address()});
    dump_.root("machine_context", {address()});
    dump_.shape(0, {});
    for (std::uint32_t i = 1; i < 8; ++i) dump_.shape(i, i - 1, "@field" + std::to_string(i));
    for (std::uint64_t i = 0; i < kClasses; ++i) add_class(i);
    for (std::uint64_t i = 0; i < objects_; ++i) {
      add_object();
      if (below(100) == 0) dump_.free_slot(0x7f1000000000 + 40 * i);
      if (below(100) == 0) add_damage();
    }
    return dump_.text();
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::uint64_t address() { return kFirst + 40 * below(objects_ * 2); }
  std::uint64_t class_address() { return kFirst + 40 * below(kClasses + 2); }

  std::vector<std::uint64_t> references() {
    std::vector<std::uint64_t> all;
    for (std::uint64_t n = below(6); n > 0; --n) all.push_back(address());
    return all;
  }

  void add_class(std::uint64_t number) {
    dump_.add({.address = kFirst + 40 * number,
               .type = number % 3 == 0 ? "MODULE" : "CLASS",
               .class_address = class_address(),
               .singleton = below(3) == 0,
               .name = below(3) == 0 ? std::string_view() : std::string_view("Class::Of::Things"),
               .superclass = class_address(),
               .references = references()});
  }

  void add_object() {
    constexpr std::array<std::string_view, 10> kTypes = {
        "OBJECT", "STRING", "ARRAY", "HASH", "DATA", "IMEMO", "SYMBOL", "FLOAT", "STRUCT", "FILE"};
    const std::string text = "text \"\n" + std::to_string(below(20));
    const std::string file =
        "/app/file" + std::to_string(below(9)) + (below(50) == 0 ? "\".rb" : ".rb");
    dump_.add({.address = address(),
               .type = kTypes[below(kTypes.size())],
               .class_address = class_address(),
               .shape_id = static_cast<std::uint32_t>(below(9)),
               .slot_size = static_cast<std::uint32_t>(40 << below(3)),
               .frozen = below(2) == 0,
               .embedded = below(2) == 0,
               .shared = below(9) == 0,
               .value = text,
               .size = below(9),
               .imemo_type = below(2) == 0 ? "iseq" : "ment",
               .struct_name = below(2) == 0 ? "time" : "",
               .references = references(),
               .file = below(2) == 0 ? std::string_view(file) : std::string_view(),
               .line = below(100),
               .method = below(2) == 0 ? "call" : "",
               .generation = below(3) == 0 ? std::optional<std::uint64_t>() : below(50),
               .memsize = below(100) == 0 ? 5'000'000'000 : 40 + below(1000)});
  }

  void add_damage() {
    switch (below(4)) {
      case 0:
        return dump_.raw_line("{\"address\":\"0x7f00, this is broken");
      case 1:
        return dump_.raw_line("no record at all");
      case 2:
        return dump_.raw_line("{\"address\":\"0x7d0000000010\", \"type\":\"STR" +
                              dump_.lines().back());
      default:
        return dump_.raw_line("{\"address\":\"0x7e00000000" + std::to_string(10 + below(80)) +
                              "\", \"type\":\"STRING\", \"method\":\"f\\u00ff\0\"}\n"s +
                              "{\"a\\u00ff\0x\", \"generation\":9, \"memsize\":40}"s);
    }
  }

  std::mt19937_64 random_;
  std::uint64_t objects_;
  DumpBuilder dump_;
};

}  // namespace

std::string random_dump(std::uint64_t seed, std::uint64_t objects, const DumpStyle& style) {
  return RandomDump(seed, objects, style).text();
}

}  // namespace tidemark
