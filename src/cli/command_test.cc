#include "cli/command.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <new>
#include <sstream>
#include <string>

#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/exit_code.h"
#include "report/safe_text.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

CommonOptions seen;
std::vector<std::string> dumps_seen;

int run_probe(const CommandContext& context) {
  CommandParser parser(context, "Looks at dumps and says nothing, at some length: " +
                                    std::string(30, 'x') + " and then for a while longer.");
  std::vector<std::string> dumps;
  parser.options().add_option("DUMP", dumps, "heap dumps, - for standard input").required();
  int age = 0;
  parser.options().add_option("--min-age", age, "collections that an object has outlived");
  CommonOptions common;
  parser.add_common_options(
      common, {.formats = {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kCsv},
               .default_limit = 20});
  parser.note(
      "A note that is long enough to need more than one line when it is printed for "
      "somebody who asked for help with this command.");
  parser.example("tidemark probe heap.json", "looks at one dump");
  if (const auto exit_code = parser.parse()) return *exit_code;
  if (age < 0) return parser.usage_error("--min-age cannot be negative", "--min-age 3");
  seen = common;
  dumps_seen = dumps;
  return kExitFound;
}

int run_hungry(const CommandContext& /*context*/) { throw std::bad_alloc(); }

constexpr std::array kCommands = {
    Command{"probe", "DUMP...", "look at dumps", Question::kWhereIsIt, run_probe},
    Command{"hungry", "", "take all memory", Question::kWhatFits, run_hungry},
    Command{"help", "[COMMAND]", "this list", Question::kAboutTidemark, run_help},
};

struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// As main() would run it, with both outputs caught.
Outcome run(std::vector<std::string> arguments) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.exit_code = run_command_line(kCommands, std::move(arguments));
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

TEST(CommandLine, WithoutACommandIsWrongUsage) {
  const Outcome outcome = run({});
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("Where is it?\n  probe DUMP..."), std::string::npos);
}

TEST(CommandLine, HelpGroupsCommandsByQuestion) {
  const Outcome outcome = run({"help"});
  EXPECT_EQ(outcome.exit_code, kExitDone);
  EXPECT_EQ(outcome.err, "");
  EXPECT_LT(outcome.out.find("Where is it?"), outcome.out.find("What fits?"));
  EXPECT_EQ(outcome.out.find("Is it a leak?"), std::string::npos);  // no command of that group
  EXPECT_EQ(run({"--help"}).out, outcome.out);
  EXPECT_EQ(run({"-h"}).out, outcome.out);
}

TEST(CommandLine, VersionIsALine) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.exit_code, kExitDone);
  EXPECT_TRUE(outcome.out.starts_with("tidemark "));
}

TEST(CommandLine, UnknownCommandsAreExplained) {
  EXPECT_EQ(run({"prode", "heap.json"}).err,
            "tidemark: error: unknown command 'prode'\n  help: did you mean 'probe'?\n");
  EXPECT_EQ(run({"frobnicate"}).err,
            "tidemark: error: unknown command 'frobnicate'\n"
            "  help: `tidemark help` lists the commands\n");
  EXPECT_EQ(run({"--frob"}).err,
            "tidemark: error: unknown option '--frob'\n"
            "  help: `tidemark help` lists the commands\n");
  EXPECT_EQ(run({"help", "prode"}).exit_code, kExitUsage);
}

TEST(CommandLine, MemoryRunningOutIsASentence) {
  const Outcome outcome = run({"hungry"});
  EXPECT_EQ(outcome.exit_code, kExitFailed);
  EXPECT_TRUE(outcome.err.starts_with("tidemark: error: not enough memory\n"));
}

TEST(CommandHelp, FitsAndNamesEverything) {
  const Outcome outcome = run({"probe", "--help"});
  EXPECT_EQ(outcome.exit_code, kExitDone);
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(display_width(line), kTextWidth) << line;
    EXPECT_FALSE(line.ends_with(" ")) << line;
  }
  for (const std::string_view part :
       {"Usage: tidemark probe [OPTIONS] DUMP...\n", "Arguments:\n", "  DUMP ", "Options:\n",
        "  -h, --help ", "      --min-age INT ", "Common options:\n",
        "      --format text|json|csv ", "      --limit N ", "  -q, --quiet ", "Examples:\n",
        "  tidemark probe heap.json\n", "Exit codes: "}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(run({"help", "probe"}).out, outcome.out);
}

TEST(CommandArguments, DefaultsAndChoices) {
  EXPECT_EQ(run({"probe", "a", "-"}).exit_code, kExitFound);
  EXPECT_EQ(dumps_seen, (std::vector<std::string>{"a", "-"}));
  EXPECT_EQ(seen.format, OutputFormat::kText);
  EXPECT_EQ(seen.limit, 20U);
  EXPECT_TRUE(seen.read.use_index);
  EXPECT_GE(seen.read.threads, 1U);

  EXPECT_EQ(run({"probe", "--format=json", "--format", "csv", "--limit", "7", "--no-index",
                 "--strict", "--threads", "3", "--color", "always", "-q", "a"})
                .exit_code,
            kExitFound);
  EXPECT_EQ(seen.format, OutputFormat::kCsv);  // the last one counts
  EXPECT_EQ(seen.limit, 7U);
  EXPECT_FALSE(seen.read.use_index);
  EXPECT_TRUE(seen.read.strict);
  EXPECT_EQ(seen.read.threads, 3U);
  EXPECT_TRUE(seen.quiet);
  EXPECT_EQ(seen.progress, ProgressMode::kNever);
  EXPECT_FALSE(seen.style().color());  // not in CSV

  EXPECT_EQ(run({"probe", "--limit=0", "--color=always", "--", "--odd-name"}).exit_code,
            kExitFound);
  EXPECT_EQ(seen.limit, CommonOptions::kNoLimit);
  EXPECT_TRUE(seen.style().color());
  EXPECT_EQ(dumps_seen, (std::vector<std::string>{"--odd-name"}));
}

TEST(CommandArguments, MistakesAreExplained) {
  const auto first_line = [](std::vector<std::string> arguments) {
    const Outcome outcome = run(std::move(arguments));
    EXPECT_EQ(outcome.exit_code, kExitUsage);
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(outcome.err.ends_with("`tidemark probe --help` lists what there is\n"));
    return outcome.err.substr(0, outcome.err.find('\n'));
  };
  EXPECT_EQ(first_line({"probe"}), "tidemark: error: probe: DUMP is required");
  EXPECT_EQ(first_line({"probe", "--formt", "json"}),
            "tidemark: error: probe: unknown option '--formt'");
  EXPECT_EQ(first_line({"probe", "a", "--format", "xml"}),
            "tidemark: error: probe: --format: must be text, json or csv, not 'xml'");
  EXPECT_EQ(first_line({"probe", "a", "--limit", "many"}),
            "tidemark: error: probe: --limit: must be a whole number, not 'many'");
  EXPECT_EQ(first_line({"probe", "a", "--limit", "-1"}),
            "tidemark: error: probe: --limit: must be a whole number, not '-1'");
  EXPECT_EQ(first_line({"probe", "a", "--threads", "0"}),
            "tidemark: error: probe: --threads: must be from 1 to 1024, not '0'");
  EXPECT_EQ(first_line({"probe", "a", "--limit", "010"}),
            "tidemark: error: probe: --limit: must be a whole number, not '010'");
  EXPECT_EQ(first_line({"probe", "a", "--min-age", "old"}),
            "tidemark: error: probe: --min-age cannot be 'old'");
  EXPECT_EQ(first_line({"probe", "a", "--limit"}), "tidemark: error: probe: --limit needs a value");
  EXPECT_EQ(first_line({"probe", "a", "--min-age", "-2"}),
            "tidemark: error: probe: --min-age cannot be negative");
}

TEST(CommandArguments, MistypedOptionsAreSuggested) {
  EXPECT_NE(run({"probe", "--formt=json", "a"}).err.find("did you mean '--format'?"),
            std::string::npos);
  EXPECT_NE(run({"probe", "--no-indx"}).err.find("did you mean '--no-index'?"), std::string::npos);
}

}  // namespace
}  // namespace tidemark
