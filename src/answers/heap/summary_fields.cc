#include "answers/heap/summary.h"

namespace tidemark {
namespace {

void describe_portion(Fields& fields, const Portion& portion) {
  fields("objects", portion.all.objects, "how many");
  fields("bytes", portion.all.bytes, "of these");
  fields("program_objects", portion.program.objects,
         "of these: classes, methods, compiled code, the virtual machine's own");
  fields("program_bytes", portion.program.bytes, "of these");
}

}  // namespace

void describe(Fields& fields, const Amount& amount) {
  fields.record("Amount", "How much of a heap something is.");
  fields("objects", amount.objects, "how many");
  fields("bytes", amount.bytes, "of these");
}

void describe(Fields& fields, const HeapGroup& group) {
  fields.record("HeapGroup", "Objects of one site, class, type, package, method or file.");
  describe_label(fields, group.name);
  describe_portion(fields, group.portion);
  fields("share", group.share, "of the heap's bytes");
  const std::optional<Amount>& garbage = group.garbage;
  fields("garbage_objects", garbage ? std::optional(garbage->objects) : std::nullopt,
         "of these: no root reaches them; null: the dump has no roots, as for the rest");
  fields("garbage_bytes", garbage ? std::optional(garbage->bytes) : std::nullopt, "of these");
  fields("retained_bytes", group.retained_bytes, "what the members keep alive, each byte once");
  fields("retained_share", group.retained_share, "of all that is reachable");
}

static void describe(Fields& fields, const GroupSum& sum) {
  fields.record("GroupSum", "The groups of a table that are not listed.");
  fields("groups", sum.groups, "how many");
  describe_portion(fields, sum.portion);
}

static void describe(Fields& fields, const HeapGroups& groups) {
  fields.record("HeapGroups", "A table; its rows and the others are the whole heap.");
  fields.rows("rows", groups.rows, "in the order that was asked for");
  fields("others", groups.others(fields.limit()), "the sum of those that are not among the rows");
}

static void describe(Fields& fields, const GroupTables& groups) {
  fields.record("GroupTables", "A table for each way to group that was asked for.");
  for (std::size_t i = 0; i < groups.by_dimension.size(); ++i) {
    if (static_cast<Dimension>(i) == Dimension::kGeneration) continue;
    fields(kDimensionNames[i], groups.by_dimension[i], kWordsOf<Dimension>[i].meaning);
  }
}

void describe(Fields& fields, const AgeBin& bin) {
  fields.record("AgeBin", "Objects by the garbage collection that they were born after.");
  fields("first", bin.first, "number of the first collection; null: not recorded");
  fields("last", bin.last, "number of the last one");
  describe_portion(fields, bin.portion);
}

static void describe(Fields& fields, const Ages& ages) {
  fields.record("Ages", "How old the objects are.");
  std::vector<AgeBin> bins = age_bins(ages, fields.limit());
  const AgeBin not_traced = bins.back();
  bins.pop_back();
  fields("bins", bins, "of equal width, at most --limit; else one for each collection");
  fields("not_traced", not_traced, "without a recorded age");
}

static void describe(Fields& fields, const GarbageGroup& group) {
  fields.record("GarbageGroup", "Garbage of one class.");
  describe_label(fields, group.name);
  fields("objects", group.garbage.objects, "how many");
  fields("bytes", group.garbage.bytes, "of these");
}

namespace {

struct GarbageSum {
  std::uint64_t groups = 0;
  Amount garbage;
};

void describe(Fields& fields, const GarbageSum& sum) {
  fields.record("GarbageSum", "Garbage of the classes that are not listed.");
  fields("groups", sum.groups, "how many classes");
  fields("objects", sum.garbage.objects, "how many");
  fields("bytes", sum.garbage.bytes, "of these");
}

}  // namespace

static void describe(Fields& fields, const GarbageGroups& groups) {
  fields.record("GarbageGroups", "What is garbage, by class.");
  fields.rows("rows", groups.rows, "most bytes first");
  GarbageSum sum{.groups = groups.left_out_groups, .garbage = groups.left_out};
  for (std::size_t i = fields.limit(); i < groups.rows.size(); ++i) {
    ++sum.groups;
    sum.garbage += groups.rows[i].garbage;
  }
  fields("others", sum, "the sum of those that are not among the rows");
}

static void describe(Fields& fields, const Reachability& reachability) {
  fields.record("Reachability", "What a walk from the roots finds.");
  fields("reachable", reachability.reachable, "from the roots");
  fields("garbage", reachability.garbage, "not reachable: the next full collection frees it");
  fields("from_stacks_only", reachability.conservative,
         "of the reachable: what a thread's stack alone holds, perhaps a stale address");
}

static void describe(Fields& fields, const SlotUse& slots) {
  fields.record("SlotUse", "Slots of one size, of which the runtime makes objects.");
  fields("slot_bytes", slots.slot_bytes, "the size of one");
  fields("used", slots.used, "slots");
  fields("free", slots.free, "slots");
}

static void describe(Fields& fields, const DuplicateString& text) {
  fields.record("DuplicateString", "A text that is there more than once.");
  fields("copies", text.copies, "strings with this text");
  fields("bytes", text.bytes, "of all of them");
  fields("wasted_bytes", text.wasted, "of all but one of them");
  fields("length_bytes", text.length, "of the text");
  fields("example", text.example, "the address of one");
  fields("preview", text.preview, "its first bytes, escaped as in the dump; null: not asked for");
}

static void describe(Fields& fields, const DuplicateStrings& strings) {
  fields.record("DuplicateStrings", "Texts that are there more than once.");
  fields("texts", strings.texts, "how many there are; the heaviest are known one by one");
  fields("wasted_bytes", strings.wasted, "of all copies but one of each");
  fields.rows("rows", strings.rows, "most waste first");
}

static void describe(Fields& fields, const CollectionGroup& group) {
  fields.record("CollectionGroup", "Arrays, maps or sets of one class.");
  fields("class", group.class_name, "their class");
  fields("count", group.count, "how many");
  fields("bytes", group.bytes, "of these with their tables");
  fields("spare_bytes", group.spare, "of these, what nothing is in");
  fields("example", group.example, "the address of the one with most to spare");
}

static void describe(Fields& fields, const CollectionSpace& space) {
  fields.record("CollectionSpace", "Collections that hold nothing, or have much room to spare.");
  fields("empty_count", space.empty_count, "collections that hold nothing");
  fields("oversized_count", space.oversized_count, "of which more than half is room to spare");
  fields("spare_bytes", space.spare, "of all of them");
  fields.rows("empty", space.empty, "most to spare first");
  fields.rows("oversized", space.oversized, "most to spare first");
}

static void describe(Fields& fields, const LargeObject& large) {
  fields.record("LargeObject", "One of the largest objects.");
  fields("object", large.object.object, "what it is called: Array (3,902)");
  fields("address", large.object.address, "its address, V8: @ and its id");
  fields("class", large.object.class_name, "its class");
  fields("type", large.type, "the runtime's own name of its kind: ARRAY, closure");
  fields("bytes", large.bytes, "what it takes itself");
  fields("retained_bytes", large.retained_bytes,
         "what it keeps alive; null: it is garbage, or the dump has no roots");
  const auto& holder = large.holder;
  fields("held_by", holder ? std::optional(holder->object) : std::nullopt,
         "the nearest object without which it would go; null: there is no single one");
  fields("held_by_address", holder ? holder->address : std::nullopt, "its address; null: a root");
}

static void describe(Fields& fields, const LargestObjects& largest) {
  fields.record("LargestObjects", "The largest objects, as many as --limit says.");
  fields("by_bytes", largest.by_bytes, "by what they take themselves");
  fields("by_retained_bytes", largest.by_retained_bytes,
         "by what they keep alive: data that is not the main content of another");
}

namespace {

struct HeapTotals {
  Portion portion;
  std::uint64_t references = 0;
  std::uint64_t traced_objects = 0;
};

void describe(Fields& fields, const HeapTotals& heap) {
  fields.record("HeapTotals", "All of a heap, but for what the measuring takes.");
  describe_portion(fields, heap.portion);
  fields("references", heap.references, "from object to object");
  fields("traced_objects", heap.traced_objects, "with a recorded place or age");
}

}  // namespace

void describe(Fields& fields, const SummaryAnswer& answer) {
  fields.document("summary", 2, "What is in a heap.", answer.notices);
  fields("name", answer.name, "of the dump: its path, #2 for a further one of a stream");
  fields("read", answer.read, "what the reader saw");
  fields("numbered", answer.numbered, "objects have numbers (V8), not addresses (Ruby)");
  fields("has_sites", answer.has_sites, "it says of objects where they were allocated or defined");
  fields("by", answer.by, "the tables that were asked for alone; empty: everything");
  fields("sort", answer.sort, "the order of groups");
  fields("filter", answer.filter, "rows of groups that contain this text alone; empty: all");
  fields("data_only", answer.data_only, "no rows of groups that are of the program alone");
  fields("heap",
         HeapTotals{.portion = answer.heap,
                    .references = answer.references,
                    .traced_objects = answer.traced_objects},
         "all of it");
  fields("measuring", answer.measuring, "what the measuring itself takes; in no other number");
  fields("reachability", answer.reachability, "null: the dump has no roots");
  fields("slots", answer.slots, "where the dump tells of free ones");
  fields("groups", answer.groups, "by what objects are or come from");
  fields("generations", answer.ages, "by age; null: not asked for");
  fields("garbage_by_class", answer.garbage_by_class, "null: not asked for, or without roots");
  fields("duplicate_strings", answer.duplicate_strings, "null: not asked for");
  fields("collections", answer.collections, "null: not asked for");
  fields("largest", answer.largest, "null: not asked for");
}

}  // namespace tidemark
