#include "answers/heap/retainers.h"

namespace tidemark {

static void describe(Fields& fields, const RetainingPath& path) {
  fields.record("RetainingPath", "A way from a root to the object.");
  fields("paths", path.paths, "how many have the same names, this example included");
  fields("conservative", path.conservative, "found on the stack: may hold it by accident");
  fields("steps", path.steps, "from the root to the object");
}

static void describe(Fields& fields, const Dominator& dominator) {
  fields.record("Dominator", "An object that every path passes: cut it and the object goes.");
  fields("object", dominator.object.object, "what it is called: Array (3,902)");
  fields("address", dominator.object.address, "its address, V8: @ and its id; null: a root");
  fields("class", dominator.object.class_name, "its class");
  fields("retained_bytes", dominator.retained_bytes, "what it keeps alive");
}

static void describe(Fields& fields, const Referrer& referrer) {
  fields.record("Referrer", "Objects of one class that refer to it in one way.");
  fields("class", referrer.class_name, "their class");
  fields("as", referrer.as, "what the reference is called: @store, element; empty: not known");
  fields("objects", referrer.objects, "how many");
  fields("references", referrer.references, "how often they refer to it");
  fields("example", referrer.example, "the address of one");
}

void describe(Fields& fields, const RetainersAnswer& answer) {
  fields.document("retainers", 2, "Why an object is alive.", answer.notices);
  fields("object", answer.object.object, "what it is called: Array (3,902)");
  fields("address", answer.object.address, "its address, V8: @ and its id; null: a root");
  fields("class", answer.object.class_name, "its class");
  fields("type", answer.type, "the runtime's own name of its kind: ARRAY, closure");
  fields("chosen_of", answer.of, "named by its class: of how many it is the one that retains most");
  fields("place", answer.place, "where it was allocated, or defined");
  fields("bytes", answer.bytes, "what it takes itself");
  fields("retained_bytes", answer.retained_bytes, "what it keeps alive");
  fields("generation", answer.generation, "garbage collections before it was allocated");
  fields("reachable", answer.reachable, "false: the next garbage collection frees it");
  fields("distance", answer.distance, "V8: steps from the program's roots, as DevTools counts");
  fields("text", answer.text, "of a string: its beginning");
  fields("text_is_whole", answer.text_is_whole, "all of the text is there");
  fields("paths", answer.paths, "what holds it, the shortest first");
  fields("search_limited", answer.search_limited,
         "the search for paths gave up: there may be more");
  fields("only_through_classes", answer.only_through_classes,
         "no path was found but through the class of an instance");
  fields("dominators", answer.dominators, "what every path passes, from the root to the object");
  fields("references", answer.references, "how many lead to it");
  fields("referring_objects", answer.referring_objects, "how many objects refer to it");
  fields.rows("referrers", answer.referrers, "who refers to it, most references first");
}

}  // namespace tidemark
