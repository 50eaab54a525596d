#include "answers/heap/suspects.h"

namespace tidemark {

static void describe(Fields& fields, const SuspectHolder& holder) {
  fields.record("SuspectHolder", "The object that holds a suspect's members.");
  fields("object", holder.object.object, "what it is called: Array (3,902)");
  fields("address", holder.object.address, "its address, V8: @ and its id; null: a root");
  fields("class", holder.object.class_name, "its class");
  fields("name", holder.name, "as a developer calls it: of a table, the collection it is part of");
  fields("place", holder.made, "where it was allocated; V8: where it is defined");
}

static void describe(Fields& fields, const MemberPlace& place) {
  fields.record("MemberPlace", "A place in code that members come from.");
  describe_place(fields, place.place);
  fields("objects", place.objects, "how many members were allocated, or are defined, there");
}

void describe(Fields& fields, const SuspectAnswer& suspect) {
  fields.record("Suspect", "A place in the heap that holds more than it should, or only seems to.");
  fields("signature", suspect.signature, "the same for the same leak in another dump");
  fields("judgement", suspect.judgement, "what speaks for or against it");
  fields("kind", suspect.kind, "how its members are held");
  fields("name", suspect.name, "a member, as a developer calls it");
  fields("class", suspect.class_name, "the members' class; null: one object is large by itself");
  fields("also", suspect.also, "other classes that grow in the same place");
  fields("members", suspect.members, "how many");
  fields("counts", suspect.counts, "members at each dump; empty for a single dump");
  fields("bytes", suspect.bytes, "of members and what is below them, at each dump");
  fields("growth_bytes", suspect.growth_bytes, "from the first dump to the last");
  fields("growth_bytes_per_hour", suspect.growth_bytes_per_hour,
         "the same by time; null: the dumps' times are not known");
  fields("retained_bytes", suspect.retained_bytes, "what a fix frees");
  fields("retained_bytes_at_least", suspect.retained_bytes_at_least,
         "what each member by itself keeps alive, added up");
  fields("retained_share", suspect.retained_share, "what a fix frees, of all that is reachable");
  fields("ages", suspect.ages, "when members were allocated");
  fields("holder", suspect.holder, "who holds them; null: they are held from several places");
  fields("example", suspect.example, "a member; of what is large by itself, that");
  fields("path", suspect.path, "from the root to the holder, or else to the example");
  fields("content", suspect.content, "the way to the bulk of the example; may be empty");
  fields("content_bytes", suspect.content_bytes, "what the example keeps alive");
  fields("places", suspect.places, "where members were allocated or are defined, most first");
  fields("advice", suspect.advice, "what usually ends such a growth");
}

void describe(Fields& fields, const SuspectsAnswer& answer) {
  fields.document(
      "suspects", 2,
      "What probably leaks, who holds it, and what a fix frees; what only looks like it.",
      answer.notices);
  fields("dumps", answer.dumps, "their names, in the order of time");
  fields("hours", answer.hours, "of each dump since the first; empty: not known");
  fields("reachable_bytes", answer.reachable_bytes, "all that is reachable in the last dump");
  fields("reachable_objects", answer.reachable_objects, "how many objects that is");
  fields("tracing_bytes", answer.tracing_bytes, "of these, what allocation tracing itself takes");
  fields("traced", answer.traced, "the last dump says where objects were allocated");
  fields("places_are_code", answer.places_are_code,
         "places are where something is defined, not where it was allocated");
  fields.rows("suspects", answer.suspects, "most suspicious first");
  fields.rows("cleared", answer.cleared, "bounded: their members are replaced");
  fields.rows("large", answer.large, "large, but made once or not growing");
  fields("minor", answer.minor, "places that gained next to nothing, in none of the lists");
}

}  // namespace tidemark
