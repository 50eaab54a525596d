// `tidemark schema`: what the documents of --format json hold.
#include "answers/catalogue.h"
#include "cli/command_parser.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "report/schema_reference.h"

namespace tidemark {

int run_schema(const CommandContext& context) {
  CommandParser parser(
      context,
      "The documents that --format json writes: every field with its type, unit and "
      "meaning, and what is promised of them.");
  std::string format = "text";
  parser.options()
      .add_option("--format", format,
                  "text, which is Markdown, or typescript for types (default: text)")
      .option_text("text|typescript")
      .check(one_of({"text", "typescript"}))
      .take_last();
  parser.example("tidemark schema | less", "the reference");
  parser.example("tidemark schema --format typescript > tidemark.d.ts", "types for a program");
  if (const auto exit_code = parser.parse()) return *exit_code;
  const std::vector<DocumentShape> documents = all_documents();
  context.out.write(format == "typescript" ? typescript_types(documents)
                                           : markdown_reference(documents));
  return kExitDone;
}

}  // namespace tidemark
