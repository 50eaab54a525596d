#include "answers/heap/diff.h"

namespace tidemark {

void describe(Fields& fields, const ComparedDump& dump) {
  fields.record("ComparedDump", "One of the dumps that are compared.");
  fields("name", dump.name, "its path as given, #2 for a further dump of one stream");
  fields("objects", dump.objects, "in it");
  fields("bytes", dump.bytes, "of these");
  fields("traced_objects", dump.traced_objects, "of these: with a recorded place or age");
  fields("overhead_objects", dump.overhead_objects, "of these: of the measuring itself");
  fields("overhead_bytes", dump.overhead_bytes, "of the measuring itself");
  fields("hours", dump.hours, "since the first dump");
}

void describe(Fields& fields, const DumpInterval& interval) {
  fields.record("DumpInterval", "What happened from one dump to the next.");
  fields("same", interval.same, "objects in both");
  fields("born", interval.born, "objects only in the later one");
  fields("died", interval.died, "objects only in the earlier one");
  fields("addresses_reused", interval.addresses_reused, "in both, but of another object now");
  fields("matched_by_generation", interval.matched_by_generation, "of the same: certain");
  fields("matched_by_content", interval.matched_by_content, "of the same: nearly certain");
  fields("matched_by_address_and_class", interval.matched_by_address_and_class,
         "of the same: likely");
}

void describe(Fields& fields, const StayedObjects& stayed) {
  fields.record("StayedObjects",
                "New and stayed: not in the first dump, in the last, and with three dumps or more "
                "in one between.");
  fields("objects", stayed.objects, "how many");
  fields("bytes", stayed.bytes, "of these");
  fields("retained_bytes", stayed.retained_bytes,
         "what they keep alive, each byte once; null: not asked for, or without roots");
}

void describe(Fields& fields, const ChangedGroup& group) {
  fields.record("ChangedGroup", "A group of objects, and how its number went.");
  fields("trend", group.trend, "how its number went");
  describe_label(fields, group.name);
  fields("counts", group.counts, "members at each dump");
  fields("bytes", group.bytes, "of these");
  fields("stayed", group.stayed, "members that are new and stayed");
  fields("stayed_bytes", group.stayed_bytes, "of these");
  fields("stayed_retained_bytes", group.stayed_retained_bytes,
         "what these keep alive; null: not asked for, or without roots");
  fields("first_seen_in_last", group.first_seen_in_last, "members that only the last dump has");
  fields("gone_in_last_interval", group.gone_in_last_interval,
         "members of the dump before the last that the last has not");
  fields("new_bytes_in_last_interval", group.new_bytes_in_last_interval,
         "of those that came; of V8 snapshots only");
  fields("gone_bytes_in_last_interval", group.gone_bytes_in_last_interval,
         "of those that went; of V8 snapshots only");
  fields("growth_per_hour", group.growth_per_hour,
         "of the count, from the first dump to the last; null: the times are not known");
}

void describe(Fields& fields, const DiffAnswer& answer) {
  fields.document("diff", 2, "What is new in later dumps of one process, and stayed.",
                  answer.notices);
  fields("comparable", answer.comparable,
         "false: the dumps share hardly any object, so only the counts mean anything");
  fields("numbered", answer.numbered, "objects have numbers (V8), not addresses (Ruby)");
  fields("by", answer.by, "what a group is");
  fields("filter", answer.filter, "only groups that contain this text; empty: all");
  fields("times_from", answer.times_from, "where the hours come from");
  fields("dumps", answer.dumps, "in the order of time");
  fields("intervals", answer.intervals, "between each dump and the next");
  fields("stayed", answer.stayed, "new and stayed, of all groups");
  fields("churned_objects", answer.churned_objects, "came after the first dump, gone in the last");
  fields("growing_bytes", answer.growing_bytes,
         "stayed_bytes of all groups that grow or are new, listed or not");
  fields("groups_total", answer.groups.size(), "how many there are, listed or not");
  constexpr std::string_view kMeaning =
      "those that grow, are new, fluctuate, are bounded; of each at most as many as --limit says";
  if (answer.groups.size() <= fields.limit()) {
    fields("groups", answer.groups, kMeaning);
  } else {
    fields("groups", listed_groups(answer, fields.limit()), kMeaning);
  }
}

}  // namespace tidemark
