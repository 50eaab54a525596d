// Schema tidemark.summary/1. Bytes are of memsize; every list of groups is followed by the sum of
// those that are not in it.
#include <algorithm>

#include "report/node_text.h"
#include "report/summary_report.h"

namespace tidemark {
namespace {

void amount(JsonWriter& json, std::string_view name, const Amount& amount) {
  json.begin_object(name);
  json.member("objects", amount.objects);
  json.member("bytes", amount.bytes);
  json.end_object();
}

void portion(JsonWriter& json, const Portion& portion) {
  json.member("objects", portion.all.objects);
  json.member("bytes", portion.all.bytes);
  json.member("program_objects", portion.program.objects);
  json.member("program_bytes", portion.program.bytes);
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void key(JsonWriter& json, const GroupKey& key) {
  if (key.label.empty()) {
    json.null("label");
  } else {
    json.member("label", key.label);
  }
  if (!key.class_name.empty()) json.member("class", key.class_name);
  if (!key.kind.empty()) json.member("type", key.kind);
}

void others(JsonWriter& json, const TopRows& rows) {
  json.begin_object("others");
  json.member("groups", rows.other_groups);
  json.member("objects", rows.others.objects);
  json.member("bytes", rows.others.bytes);
  json.end_object();
}

void read_report(JsonWriter& json, const ReadReport& report) {
  json.begin_object("read");
  json.member("format", report.format);
  json.member("content_bytes", report.content_bytes);
  json.member("lines", report.lines);
  json.member("repaired_lines", report.repaired_lines);
  json.member("damaged_lines", report.damaged_lines);
  json.member("duplicate_addresses", report.duplicate_addresses);
  json.member("dangling_references", report.dangling_references);
  json.end_object();
}

}  // namespace

void SummaryReport::json(TextSink& sink) const {
  JsonWriter json(sink);
  json.begin_document("summary");
  json.member("name", options_.name);
  read_report(json, graph_.report);
  json_totals(json);
  json.begin_object("groups");
  for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
    const auto dimension = static_cast<Dimension>(i);
    if (summary_.table(dimension).names == nullptr) continue;
    if (!options_.by || options_.by == dimension) json_groups(json, dimension);
  }
  json.end_object();
  if (!options_.by || options_.by == Dimension::kGeneration) json_ages(json);
  if (!options_.by) {
    json_garbage(json);
    json_duplicates(json);
    json_collections(json);
    json_largest(json);
  }
  json.end_document();
}

void SummaryReport::json_totals(JsonWriter& json) const {
  json.begin_object("heap");
  portion(json, summary_.heap);
  json.member("references", summary_.edges);
  json.member("traced_objects",
              summary_.heap.all.objects - summary_.ages.before_tracing.all.objects);
  json.end_object();
  amount(json, "measuring", summary_.overhead);
  if (summary_.has_reachability) {
    json.begin_object("reachability");
    amount(json, "reachable", summary_.reachability.reachable);
    amount(json, "garbage", summary_.reachability.garbage);
    amount(json, "from_stacks_only", summary_.reachability.conservative);
    json.end_object();
  } else {
    json.null("reachability");
  }
  json.begin_array("slots");
  for (const SlotClass& slots : graph_.slots) {
    if (slots.slot_bytes == 0) continue;  // not recorded
    json.begin_object();
    json.member("slot_bytes", slots.slot_bytes);
    json.member("used", slots.used);
    json.member("free", slots.free);
    json.end_object();
  }
  json.end_array();
}

void SummaryReport::json_groups(JsonWriter& json, Dimension dimension) const {
  const GroupTable& table = summary_.table(dimension);
  const TopRows rows = top(dimension, part(), limit(kTableRows));
  json.begin_object(kDimensionNames[static_cast<std::size_t>(dimension)]);
  json.begin_array("rows");
  for (const GroupRow* row : rows.rows) {
    json.begin_object();
    key(json, table.names->key(row->group));
    portion(json, row->portion);
    json.member("share", share(row->portion.all.bytes, summary_.heap.all.bytes));
    if (table.has_retained) {
      json.member("garbage_objects", row->garbage.objects);
      json.member("garbage_bytes", row->garbage.bytes);
      json.member("retained_bytes", row->retained);
      json.member("retained_share", share(row->retained, summary_.reachability.reachable.bytes));
    }
    json.end_object();
  }
  json.end_array();
  others(json, rows);
  json.end_object();
}

void SummaryReport::json_ages(JsonWriter& json) const {
  json.begin_object("generations");
  json.begin_array("bins");
  for (const Ages::Bin& bin : summary_.ages.bins(limit(kTableRows))) {
    json.begin_object();
    json.member("first", bin.first);
    json.member("last", bin.last);
    portion(json, bin.portion);
    json.end_object();
  }
  json.end_array();
  json.begin_object("not_traced");
  portion(json, summary_.ages.before_tracing);
  json.end_object();
  json.end_object();
}

void SummaryReport::json_garbage(JsonWriter& json) const {
  if (!summary_.has_reachability) return;
  const GroupTable& table = summary_.table(Dimension::kClass);
  const TopRows rows = top_rows(table, {.sort = SummarySort::kBytes,
                                        .limit = limit(kTableRows),
                                        .filter = options_.filter,
                                        .part = HeapPart::kGarbage});
  json.begin_object("garbage_by_class");
  json.begin_array("rows");
  for (const GroupRow* row : rows.rows) {
    json.begin_object();
    key(json, table.names->key(row->group));
    json.member("objects", row->garbage.objects);
    json.member("bytes", row->garbage.bytes);
    json.end_object();
  }
  json.end_array();
  others(json, rows);
  json.end_object();
}

void SummaryReport::json_collections(JsonWriter& json) const {
  const auto rows = [&](std::string_view name, const std::vector<CollectionRow>& all) {
    json.begin_array(name);
    std::size_t listed = 0;
    for (const CollectionRow& row : all) {
      if (listed++ == limit(kTableRows)) break;
      json.begin_object();
      json.member("class", graph_.words->class_name(row.class_id));
      json.member("count", row.count);
      json.member("bytes", row.bytes);
      json.member("spare_bytes", row.spare);
      json.member("example", address_text(graph_, row.example));
      json.end_object();
    }
    json.end_array();
  };
  json.begin_object("collections");
  json.member("empty_count", summary_.collections.empty_count);
  json.member("oversized_count", summary_.collections.oversized_count);
  json.member("spare_bytes", summary_.collections.spare);
  rows("empty", summary_.collections.empty);
  rows("oversized", summary_.collections.oversized);
  json.end_object();
}

void SummaryReport::json_duplicates(JsonWriter& json) const {
  json.begin_object("duplicate_strings");
  json.member("texts", graph_.duplicate_groups);
  json.member("wasted_bytes", graph_.duplicate_waste);
  json.begin_array("rows");
  std::size_t listed = 0;
  for (const DuplicateText& text : graph_.duplicate_texts) {
    if (listed++ == limit(kTableRows)) break;
    json.begin_object();
    json.member("copies", text.count);
    json.member("bytes", text.bytes);
    json.member("wasted_bytes", text.wasted);
    json.member("length", text.length);
    json.member("example", address_text(graph_, text.example));
    if (options_.contents) json.member("preview", graph_.words->text(text.preview));
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void SummaryReport::json_largest(JsonWriter& json) const {
  const auto list = [&](std::string_view name, const std::vector<std::uint32_t>& nodes) {
    json.begin_array(name);
    for (std::size_t i = 0; i < nodes.size() && i < limit(kTableRows); ++i) {
      const std::uint32_t node = nodes[i];
      const bool known = dominators_ != nullptr && dominators_->reachable(node);
      json.begin_object();
      json.member("address", address_text(graph_, node));
      json.member("object", node_text(graph_, node));
      json.member("class", graph_.class_name(node));
      json.member("type", graph_.kind_name(node));
      json.member("bytes", graph_.shallow(node));
      if (known) {
        const std::uint32_t holder = holder_of(node);
        json.member("retained_bytes", dominators_->retained[node]);
        if (holder == kRootNode.value) {
          json.null("held_by");  // by several
        } else {
          json.member("held_by", node_text(graph_, holder));
          json.member("held_by_address", address_text(graph_, holder));
        }
      }
      json.end_object();
    }
    json.end_array();
  };
  json.begin_object("largest");
  list("by_bytes", summary_.largest_shallow);
  if (summary_.has_reachability) list("by_retained_bytes", summary_.largest_retained);
  json.end_object();
}

}  // namespace tidemark
