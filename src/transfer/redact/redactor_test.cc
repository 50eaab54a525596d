#include "transfer/redact/redactor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

#include "support/snapshot_builder.h"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::Not;
using Random = std::mt19937_64;

const Redaction kDropped{};
const Redaction kSalted{.salt = Salt{1, 2}};

std::string salted(std::string_view text) {
  SaltedName name({1, 2});
  name.add(text);
  return name.text();
}

// What comes out, the input cut into pieces at random.
std::string redacted(Redactor& redactor, std::string_view in, Random& random) {
  std::string out;
  while (!in.empty()) {
    const std::size_t most = random() % 4 == 0 ? in.size() : 1 + random() % 7;
    const std::size_t piece = std::min(in.size(), most);
    EXPECT_TRUE(redactor.push(std::span(in).first(piece), out)) << in;
    in.remove_prefix(piece);
  }
  EXPECT_TRUE(redactor.finish(out));
  return out;
}

std::string ruby(const std::string& in, const Redaction& redaction = kDropped) {
  Random random(in.size());
  return redacted(*ruby_redactor(redaction), in, random);
}

// The reference implementation's test vectors: key 00..0f, input 00, 01, 02 ...
TEST(SaltedName, IsSipHash) {
  const Salt key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::string input;
  EXPECT_EQ(SaltedName(key).number(), 0x726fdb47dd0e0e31U);
  for (int i = 0; i < 15; ++i) input += static_cast<char>(i);
  SaltedName name(key);
  name.add(input);
  EXPECT_EQ(name.number(), 0xa129ca6149be45e5U);
}

TEST(SaltedName, DependsOnSaltAndContentAlone) {
  EXPECT_EQ(salt_from("a team's secret"), salt_from("a team's secret"));
  EXPECT_NE(salt_from("a team's secret"), salt_from("another"));
  EXPECT_NE(random_salt(), random_salt());
  EXPECT_NE(salted("a"), salted("b"));
  EXPECT_THAT(salted("a"), testing::MatchesRegex("~[0-9a-f]+"));
}

TEST(RubyRedactor, ContentsGoAndEverythingElseStays) {
  const std::string line =
      R"({"address":"0x1", "type":"STRING", "class":"0x2", "bytesize":6, "value":"secret", )"
      R"("encoding":"UTF-8", "file":"/app/value.rb", "line":3, "memsize":40, "flags":{"old":true}})"
      "\n";
  EXPECT_EQ(ruby(line),
            R"({"address":"0x1", "type":"STRING", "class":"0x2", "bytesize":6, "redacted":true, )"
            R"("encoding":"UTF-8", "file":"/app/value.rb", "line":3, "memsize":40, )"
            "\"flags\":{\"old\":true}}\n");
  EXPECT_THAT(ruby(line, kSalted), HasSubstr("\"value\":\"" + salted("secret") + "\", \"enc"));
}

TEST(RubyRedactor, OddPlacesOfContents) {
  EXPECT_EQ(ruby(R"({"value":""})"), R"({"value":""})");
  EXPECT_EQ(ruby(R"({"value" :  "x"})"), R"({"redacted":true})");
  EXPECT_EQ(ruby(R"({"value":12.5, "a":1})"), R"({"redacted":true, "a":1})");
  EXPECT_EQ(ruby(R"({"value":"a\\"})"), R"({"redacted":true})");
  EXPECT_EQ(ruby(R"({"value":"a\"b, \"value\":\"c"})"), R"({"redacted":true})");
  EXPECT_EQ(ruby(R"({"name":"value", "method":"value"})"), R"({"name":"value", "method":"value"})");
  EXPECT_EQ(ruby(R"({"value"value":"x"})"), R"({"value"redacted":true})");
  EXPECT_EQ(ruby(R"({"a":"\"value\":1"})"), R"({"a":"\"value\":1"})");
  // A path that Ruby has not escaped, with a quote in it; the content behind it goes all the same.
  EXPECT_THAT(ruby(R"({"file":"/a"b.rb", "value":"secret"})"), Not(HasSubstr("secret")));
  // A line that was cut: the next one is read as ever.
  EXPECT_EQ(ruby("{\"value\":\"sec\n{\"value\":\"ret\"}\n"),
            "{\"redacted\":true\n{\"redacted\":true}\n");
  EXPECT_EQ(ruby("{\"value\":\"sec"), "{\"redacted\":true");
}

// Escaped as Ruby does it.
std::string random_text(Random& random) {
  static constexpr std::array kParts = {"a",       "value", "\\\"",     "\\\\",   "\\\"value\\\":",
                                        ", ",      ":",     "\xc3\xa9", "secret", "{",
                                        "\\u0000", "\\n",   "}",        "[",      "1"};
  std::string text;
  for (std::uint64_t n = random() % 8; n > 0; --n) text += kParts[random() % kParts.size()];
  return text;
}

TEST(RubyRedactor, RandomLinesInRandomPiecesAgainstAnOracle) {
  Random random(5);
  for (int round = 0; round < 3000; ++round) {
    const bool with_salt = random() % 2 == 0;
    std::string in;
    std::string expected;
    for (std::uint64_t lines = 1 + random() % 4; lines > 0; --lines) {
      in += "{\"address\":\"0x1\"";
      expected += "{\"address\":\"0x1\"";
      for (std::uint64_t members = random() % 5; members > 0; --members) {
        static constexpr std::array kNames = {"value", "name", "file", "values", "valu"};
        const std::string name = kNames[random() % kNames.size()];
        const std::string text = random_text(random);
        const std::string member = fmt::format(", \"{}\":\"{}\"", name, text);
        in += member;
        if (name != "value" || text.empty()) {
          expected += member;
        } else {
          expected += with_salt ? ", \"value\":\"" + salted(text) + "\"" : ", \"redacted\":true";
        }
      }
      in += "}\n";
      expected += "}\n";
    }
    const auto redactor = ruby_redactor(with_salt ? kSalted : kDropped);
    ASSERT_EQ(redacted(*redactor, in, random), expected) << in;
  }
}

TEST(LooksLikeCode, IdentifiersDoAndContentsDoNot) {
  for (const char* name : {"a", "_private", "$el", "sha256", "content-type", "node:fs", "Map",
                           "<symbol kHandle>", "<symbol >", "__proto__"}) {
    EXPECT_TRUE(looks_like_code(name)) << name;
  }
  for (const char* name : {"", "1", "ann@example.org", "two words", "user_123456", "a b", "/path",
                           "d41d8cd98f00b204", "a_name_that_is_so_long_that_nobody_has_written_it",
                           "<symbol a@b>", "caf\xc3\xa9", "4f1c2b3a-11aa-22bb-33cc-123456789abc"}) {
    EXPECT_FALSE(looks_like_code(name)) << name;
  }
}

// A snapshot of random nodes and edges, and what each string is used for.
struct RandomSnapshot {
  std::vector<std::string> strings;
  std::set<std::size_t> code, keys;
  std::string before, after;  // the text around the strings
};

RandomSnapshot random_snapshot(Random& random) {
  static const std::set<std::string> kCode = {"hidden",  "array",    "object",    "code",
                                              "closure", "native",   "synthetic", "object shape",
                                              "context", "internal", "shortcut",  "wasm object"};
  static const std::set<std::string> kKeys = {"symbol", "property", "weak"};
  RandomSnapshot made;
  for (std::uint64_t n = 1 + random() % 30; n > 0; --n) {
    made.strings.push_back(random() % 3 == 0 ? fmt::format("name{}", random() % 9)
                                             : random_text(random));
    if (random() % 8 == 0) made.strings.back() += std::string(100, 'x');
  }
  const auto use = [&](std::string_view type) {
    const std::size_t string = random() % made.strings.size();
    if (kCode.contains(std::string(type))) made.code.insert(string);
    if (kKeys.contains(std::string(type))) made.keys.insert(string);
    return string;
  };
  const std::string blank = random() % 2 == 0 ? "\n" : "";
  std::string nodes;
  std::string edges;
  for (std::uint64_t n = random() % 20; n > 0; --n) {
    const std::size_t type = random() % kSnapshotNodeTypes.size();
    nodes += fmt::format("{}{},{},{},40,1{}", nodes.empty() ? "" : ",", type,
                         use(kSnapshotNodeTypes[type]), 2 * n + 1, blank);
  }
  for (std::uint64_t n = random() % 20; n > 0; --n) {
    const std::size_t type = random() % kSnapshotEdgeTypes.size();
    const std::string_view word = kSnapshotEdgeTypes[type];
    const bool numbered = word == "element" || word == "hidden";
    const std::size_t name = numbered ? random() % 100 : use(word);
    edges += fmt::format("{}{},{},{}{}", edges.empty() ? "" : ",", type, name, 5 * n, blank);
  }
  const auto list = [](const auto& words) {
    std::string out;
    for (const std::string_view word : words)
      out += fmt::format("{}\"{}\"", out.empty() ? "" : ",", word);
    return out;
  };
  made.before = fmt::format(
      R"({{"snapshot":{{"meta":{{"node_fields":["type","name","id","self_size","edge_count"],)"
      R"("node_types":[[{}],"string","number"],"edge_fields":["type","name_or_index","to_node"],)"
      R"("edge_types":[[{}],"string_or_number","node"],)"
      R"("trace_function_info_fields":["function_id","name","script_name","line"]}},)"
      R"("node_count":1}},{}"nodes":[{}],"edges":[{}],"trace_function_infos":[],)"
      R"("trace_tree":[1,[2,[]]],"samples":[0,-1],{}"strings":[)",
      list(kSnapshotNodeTypes), list(kSnapshotEdgeTypes), blank, nodes, edges, blank);
  made.after = "]}" + blank;
  return made;
}

TEST(V8Redactor, RandomSnapshotsInRandomPiecesAgainstAnOracle) {
  Random random(6);
  for (int round = 0; round < 2000; ++round) {
    const RandomSnapshot made = random_snapshot(random);
    const bool with_salt = random() % 2 == 0;
    std::string in = made.before;
    std::string expected = made.before;
    for (std::size_t i = 0; i < made.strings.size(); ++i) {
      const std::string& text = made.strings[i];
      const bool stays =
          text.empty() || made.code.contains(i) || (made.keys.contains(i) && looks_like_code(text));
      in += fmt::format("{}\"{}\"", i == 0 ? "" : ",\n", text);
      expected += fmt::format("{}\"{}\"", i == 0 ? "" : ",\n",
                              stays       ? text
                              : with_salt ? salted(text)
                                          : fmt::format("(redacted {})", i));
    }
    const auto redactor = v8_redactor(with_salt ? kSalted : kDropped);
    ASSERT_EQ(redacted(*redactor, in + made.after, random), expected + made.after) << in;
  }
}

TEST(V8Redactor, WhatItDoesNotKnowGoesNowhere) {
  for (const std::string in :
       {"[1]", "{\"strings\":[\"secret\"]}", "{\"nodes\":[1]}", "{\"snapshot\":{}}",
        "{\"other\":[\"secret\"]}", "{\"other\":\"secret\"}", "{\"address\":\"0x1\"}"}) {
    std::string out;
    const auto redactor = v8_redactor(kDropped);
    const auto done = redactor->push(in, out);
    EXPECT_FALSE(done) << in;
    EXPECT_THAT(out, Not(HasSubstr("secret")));
    EXPECT_FALSE(redactor->push(in, out)) << "the first error sticks";
  }
}

}  // namespace
}  // namespace tidemark
