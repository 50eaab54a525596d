// What the analysis found, in the words of an answer.
#include <algorithm>

#include "analysis/heaviest_path.h"
#include "answers/heap/advice.h"
#include "answers/heap/object_words.h"
#include "answers/heap/suspects.h"

namespace tidemark {
namespace {

class Translation {
 public:
  Translation(const HeapGraph& graph, const Dominators& dominators,
              const std::vector<double>& hours, bool source_lines)
      : graph_(graph), dominators_(dominators), hours_(hours), source_lines_(source_lines) {}

  [[nodiscard]] SuspectAnswer of(const Suspect& suspect, double reachable_bytes) const;

 private:
  [[nodiscard]] std::string member_name(const Suspect& suspect) const;
  [[nodiscard]] std::optional<SuspectHolder> holder(const Suspect& suspect) const;
  void add_growth(SuspectAnswer& answer, const Suspect& suspect) const;
  void add_content(SuspectAnswer& answer, const Suspect& suspect) const;

  const HeapGraph& graph_;
  const Dominators& dominators_;
  const std::vector<double>& hours_;
  bool source_lines_;
};

std::string Translation::member_name(const Suspect& suspect) const {
  if (!suspect.member_class.valid()) return object_label(graph_, suspect.holder.value);
  std::string name(graph_.words->class_name(suspect.member_class));
  if (!graph_.numbered) return name;
  std::string example = object_label(graph_, suspect.example);
  if (example.starts_with(name + " of ")) return example;  // which timers these are
  const bool one_place = suspect.sites.size() == 1 && suspect.also.empty();
  if (one_place && graph_.kind_name(suspect.example) == "closure") name += " " + example;
  return name;
}

std::optional<SuspectHolder> Translation::holder(const Suspect& suspect) const {
  if (!suspect.holder.valid()) return std::nullopt;
  // A collection's own table is no name that a developer knows: the collection is.
  std::uint32_t named = suspect.holder.value;
  for (std::size_t i = suspect.path.size(); graph_.numbered && i-- > 1;) {
    named = suspect.path[i];
    if (graph_.role(named) != Role::kInternal) break;
  }
  const SiteId site = graph_.site_of(suspect.holder.value);
  return SuspectHolder{.object = object_ref(graph_, suspect.holder.value),
                       .name = object_label(graph_, named),
                       .made = code_place(graph_, site, source_lines_)};
}

void Translation::add_growth(SuspectAnswer& answer, const Suspect& suspect) const {
  answer.counts = suspect.counts;
  answer.bytes = suspect.bytes;
  if (suspect.bytes.empty()) return;
  answer.growth_bytes = suspect.growth();
  if (hours_.empty() || hours_.back() <= 0) return;
  answer.growth_bytes_per_hour = static_cast<double>(suspect.growth()) / hours_.back();
}

// The way to the bulk of one member, where references have names that make it readable.
void Translation::add_content(SuspectAnswer& answer, const Suspect& suspect) const {
  std::vector<std::uint32_t> bulk;
  if (!graph_.edge_label.empty()) bulk = heaviest_path(graph_, dominators_, suspect.example);
  answer.content = path_steps(graph_, bulk);
  answer.content_bytes = dominators_.retained[suspect.example];
  std::string hint = advice(graph_, suspect, bulk);
  if (!hint.empty()) answer.advice = std::move(hint);
}

SuspectAnswer Translation::of(const Suspect& suspect, double reachable_bytes) const {
  SuspectAnswer answer;
  answer.signature = suspect.signature;
  answer.judgement = suspect.judgement;
  answer.kind = suspect.kind;
  answer.name = member_name(suspect);
  if (suspect.member_class.valid()) {
    answer.class_name = graph_.words->class_name(suspect.member_class);
  }
  for (const ClassId other : suspect.also) {
    answer.also.emplace_back(graph_.words->class_name(other));
  }
  answer.members = suspect.members;
  add_growth(answer, suspect);
  answer.retained_bytes = suspect.retained;
  answer.retained_bytes_at_least = suspect.retained_at_least;
  if (reachable_bytes > 0) {
    answer.retained_share = static_cast<double>(suspect.retained) / reachable_bytes;
  }
  answer.ages = suspect.ages.pattern();
  answer.holder = holder(suspect);
  answer.example = object_ref(graph_, suspect.example);
  answer.path = path_steps(graph_, suspect.path);
  add_content(answer, suspect);
  for (const auto& [site, objects] : suspect.sites) {
    const auto place = code_place(graph_, site, source_lines_);
    answer.places.push_back({.place = place.value_or(CodePlace{}), .objects = objects});
  }
  return answer;
}

}  // namespace

SuspectsAnswer suspects_answer(const SuspectReport& found, const HeapGraph& graph,
                               const Dominators& dominators, const std::vector<double>& hours,
                               bool source_lines) {
  SuspectsAnswer answer;
  answer.reachable_bytes = dominators.reachable_bytes;
  answer.reachable_objects = dominators.reachable_count - graph.first_object;
  answer.tracing_bytes = found.overhead_bytes;
  answer.traced = graph.report.traced_objects > 0;
  answer.places_are_code = graph.sites_are_code();
  answer.minor = found.minor;
  const Translation translation(graph, dominators, hours, source_lines);
  const auto reachable = static_cast<double>(dominators.reachable_bytes - found.overhead_bytes);
  const auto translate = [&](const std::vector<Suspect>& list) {
    std::vector<SuspectAnswer> answers;
    answers.reserve(list.size());
    for (const Suspect& suspect : list) answers.push_back(translation.of(suspect, reachable));
    return answers;
  };
  answer.suspects = translate(found.suspects);
  answer.cleared = translate(found.cleared);
  answer.large = translate(found.large);
  return answer;
}

}  // namespace tidemark
