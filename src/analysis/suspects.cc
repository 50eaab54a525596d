#include "analysis/suspects.h"

#include <fmt/format.h>
#include <tsl/robin_map.h>

#include <algorithm>

#include "analysis/diff.h"
#include "analysis/retained_by_group.h"
#include "analysis/set_retained.h"
#include "analysis/shortest_paths.h"
#include "base/hash.h"

namespace tidemark {
namespace {

constexpr std::uint32_t kNoSuspect = 0xffffffffU;
constexpr std::size_t kMostPlaces = 40;
constexpr std::size_t kMostSites = 5;

bool is_internal(Role role) { return role == Role::kInternal || role == Role::kCode; }

class SuspectFinder {
 public:
  SuspectFinder(const HeapGraph& graph, const Dominators& dominators, const PathGrowth* growth,
                Monitor& monitor)
      : graph_(graph), dominators_(dominators), growth_(growth), monitor_(monitor) {}

  Result<SuspectReport> run();

 private:
  void add_growing_places();
  void describe_places(std::vector<GrowingPlace>& places);
  void add_accumulators();
  [[nodiscard]] bool covered(const Accumulator& found) const;
  [[nodiscard]] Judgement judge(const Accumulator& found) const;
  void add_detached();
  void mark_members();
  void measure();
  Result<void> measure_scattered();
  void describe(Suspect& suspect, const ShortestPaths& paths) const;
  [[nodiscard]] std::string signature(const Suspect& suspect) const;
  [[nodiscard]] double weight(const Suspect& suspect) const;
  [[nodiscard]] bool is_minor(const Suspect& suspect, const SuspectReport& report) const;
  SuspectReport sort_out();

  const HeapGraph& graph_;
  const Dominators& dominators_;
  const PathGrowth* growth_;
  Monitor& monitor_;
  std::vector<Suspect> all_;
  std::vector<std::uint32_t> place_of_path_;  // PathId -> in all_, or kNoSuspect
  std::vector<std::uint32_t> suspect_of_;     // node -> in all_, as a member
};

Result<SuspectReport> SuspectFinder::run() {
  suspect_of_.assign(graph_.node_count(), kNoSuspect);
  if (growth_ != nullptr) add_growing_places();
  add_accumulators();
  if (growth_ == nullptr) add_detached();
  mark_members();
  measure();
  if (auto measured = measure_scattered(); !measured) return std::unexpected(measured.error());
  const auto paths = find_shortest_paths(graph_, monitor_);
  if (!paths) return std::unexpected(paths.error());
  for (Suspect& suspect : all_) describe(suspect, *paths);
  return sort_out();
}

void SuspectFinder::add_growing_places() {
  std::vector<GrowingPlace> places = growth_->growing();
  if (places.size() > kMostPlaces) places.resize(kMostPlaces);
  const Buffer<PathId>& path_of = growth_->paths();
  for (const GrowingPlace& place : places) {
    for (const PathId member : place.members) {
      if (place_of_path_.size() <= member) place_of_path_.resize(member + 1, kNoSuspect);
      place_of_path_[member] = static_cast<std::uint32_t>(all_.size());
    }
    Suspect suspect;
    suspect.judgement = Judgement::kGrows;
    suspect.counts = place.counts;
    suspect.bytes = place.bytes;
    all_.push_back(std::move(suspect));
  }
  for (std::uint32_t node = graph_.first_object; node < graph_.node_count(); ++node) {
    const PathId path = path_of[node];
    if (path < place_of_path_.size() && dominators_.reachable(node)) {
      suspect_of_[node] = place_of_path_[path];
    }
  }
  describe_places(places);
}

// Class of the members, and the object that holds them, if it is one.
void SuspectFinder::describe_places(std::vector<GrowingPlace>& places) {
  std::vector<tsl::robin_map<std::uint32_t, std::uint64_t>> holders(places.size());
  std::vector<tsl::robin_map<PathId, std::uint32_t>> examples(places.size());
  for (std::uint32_t node = graph_.first_object; node < graph_.node_count(); ++node) {
    const std::uint32_t place = suspect_of_[node];
    if (place == kNoSuspect) continue;
    ++all_[place].members;
    ++holders[place][dominators_.idom[node]];
    auto [example, fresh] = examples[place].emplace(growth_->paths()[node], node);
    if (!fresh && dominators_.retained[node] > dominators_.retained[example->second]) {
      example.value() = node;
    }
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    Suspect& suspect = all_[i];
    for (const PathId member : places[i].members) {
      const auto example = examples[i].find(member);
      if (example == examples[i].end()) continue;
      const ClassId of = graph_.class_id[example->second];
      if (!suspect.member_class.valid()) {
        suspect.member_class = of;
        suspect.member_kind = graph_.kind[example->second];
        suspect.example = example->second;
      } else if (of != suspect.member_class &&
                 std::ranges::find(suspect.also, of) == suspect.also.end()) {
        suspect.also.push_back(of);
      }
    }
    suspect.kind = SuspectKind::kScattered;
    for (const auto& [holder, count] : holders[i]) {
      // Nearly all in one place; what somebody else holds too is dominated from further up.
      if (count * 2 < suspect.members || !graph_.is_object(holder)) continue;
      if (graph_.role(holder) == Role::kClass || graph_.role(holder) == Role::kRoot) continue;
      suspect.kind = SuspectKind::kCollection;
      suspect.holder = NodeId(holder);
    }
  }
}

// A collection that growth by path has found already, or that lies inside one.
bool SuspectFinder::covered(const Accumulator& found) const {
  if (growth_ == nullptr) return false;
  const auto under = [&](std::uint32_t node) {
    PathId path = growth_->paths()[node];
    for (; path != kNoPath; path = growth_->parent(path)) {
      if (path < place_of_path_.size() && place_of_path_[path] != kNoSuspect) return true;
    }
    return false;
  };
  return under(found.node) || under(found.example) ||
         std::ranges::any_of(all_,
                             [&](const Suspect& s) { return s.holder == NodeId(found.node); });
}

Judgement SuspectFinder::judge(const Accumulator& found) const {
  const AgePattern ages = found.ages.pattern();
  if (growth_ != nullptr && growth_->heaps() > 1) {
    if (ages == AgePattern::kYoungOnly) return Judgement::kBounded;
    return Judgement::kDidNotGrow;
  }
  switch (ages) {
    case AgePattern::kEveryAge:
      return Judgement::kEveryAge;
    case AgePattern::kYoungOnly:
      return Judgement::kBounded;
    case AgePattern::kOldOnly:
      return Judgement::kMadeOnce;
    default:
      return Judgement::kHeld;
  }
}

void SuspectFinder::add_accumulators() {
  for (const Accumulator& found : find_accumulators(graph_, dominators_)) {
    if (covered(found)) continue;
    Suspect suspect;
    suspect.judgement = judge(found);
    suspect.kind = !found.member_class.valid() ? SuspectKind::kLarge
                   : found.chain               ? SuspectKind::kChain
                                               : SuspectKind::kCollection;
    suspect.holder = NodeId(found.node);
    suspect.member_class = found.member_class;
    suspect.member_kind = found.member_kind;
    suspect.members = found.members;
    suspect.example = found.member_class.valid() ? found.example : found.node;
    suspect.ages = found.ages;
    if (growth_ != nullptr && growth_->heaps() > 1 && found.member_class.valid()) {
      const PathId path = growth_->paths()[found.example];
      if (path != kNoPath) suspect.counts = growth_->counts(path);
    }
    all_.push_back(std::move(suspect));
  }
}

// All of them together, whoever holds them.
void SuspectFinder::add_detached() {
  Suspect suspect;
  suspect.kind = SuspectKind::kDetached;
  const auto number = static_cast<std::uint32_t>(all_.size());
  for (std::uint32_t node = graph_.first_object; node < graph_.node_count(); ++node) {
    if ((graph_.flags[node] & kDetached) == 0 || !dominators_.reachable(node)) continue;
    suspect_of_[node] = number;
    const bool more = dominators_.retained[node] > dominators_.retained[suspect.example];
    if (suspect.members++ == 0 || more) suspect.example = node;
  }
  if (suspect.members == 0) return;
  suspect.member_class = graph_.class_id[suspect.example];
  suspect.member_kind = graph_.kind[suspect.example];
  all_.push_back(std::move(suspect));
}

// Members of collections are the holder's children of the member class.
void SuspectFinder::mark_members() {
  tsl::robin_map<std::uint32_t, std::uint32_t> by_holder;
  for (std::uint32_t i = 0; i < all_.size(); ++i) {
    const Suspect& suspect = all_[i];
    if (suspect.judgement == Judgement::kGrows || !suspect.holder.valid() ||
        suspect.kind == SuspectKind::kChain) {
      continue;
    }
    if (suspect.member_class.valid()) by_holder.emplace(suspect.holder.value, i);
  }
  const GenerationRange range = generation_range(graph_);
  for (const std::uint32_t node : dominators_.order) {
    const auto place = by_holder.find(dominators_.idom[node]);
    if (place != by_holder.end() && suspect_of_[node] == kNoSuspect) {
      const Suspect& suspect = all_[place->second];
      if (graph_.class_id[node] == suspect.member_class &&
          graph_.kind[node] == suspect.member_kind) {
        suspect_of_[node] = place->second;
      }
    }
    const std::uint32_t member_of = suspect_of_[node];
    if (member_of != kNoSuspect && all_[member_of].judgement == Judgement::kGrows) {
      range.add(all_[member_of].ages, graph_.generation_of(node));
    }
  }
}

void SuspectFinder::measure() {
  const std::vector<std::uint64_t> retained =
      retained_by_group(dominators_, suspect_of_, static_cast<std::uint32_t>(all_.size()));
  std::vector<tsl::robin_map<std::uint32_t, std::uint64_t>> sites(all_.size());
  for (std::uint32_t node = graph_.first_object; node < graph_.node_count(); ++node) {
    if (suspect_of_[node] == kNoSuspect) continue;
    const SiteId site = graph_.site_of(node);
    if (site.valid()) ++sites[suspect_of_[node]][site.value];
  }
  for (std::size_t i = 0; i < all_.size(); ++i) {
    Suspect& suspect = all_[i];
    suspect.retained_at_least = retained[i];
    suspect.retained = retained[i];
    if (suspect.holder.valid()) {
      const std::uint64_t whole = dominators_.retained[suspect.holder.value];
      const std::uint64_t own = graph_.shallow(suspect.holder.value);
      // A single large object goes itself; a collection stays, empty.
      suspect.retained = suspect.kind == SuspectKind::kLarge || suspect.kind == SuspectKind::kChain
                             ? whole
                             : std::max(retained[i], whole - std::min(own, whole));
      if (suspect.kind == SuspectKind::kLarge) suspect.retained_at_least = whole;
      if (suspect.kind == SuspectKind::kChain) suspect.retained_at_least = whole;
    }
    for (const auto& [site, count] : sites[i]) suspect.sites.emplace_back(SiteId(site), count);
    if (suspect.sites.empty()) {
      const SiteId site = graph_.site_of(suspect.example);
      if (site.valid()) suspect.sites.emplace_back(site, 1);
    }
    std::ranges::sort(suspect.sites, [&](const auto& a, const auto& b) {
      return a.second != b.second
                 ? a.second > b.second
                 : graph_.words->site_label(a.first) < graph_.words->site_label(b.first);
    });
    if (suspect.sites.size() > kMostSites) suspect.sites.resize(kMostSites);
  }
}

// What several holders share is dominated by none of them: for the largest, count what really goes.
Result<void> SuspectFinder::measure_scattered() {
  constexpr std::size_t kMostMeasured = 3;  // each takes a walk through the heap
  std::vector<std::uint32_t> scattered;
  for (std::uint32_t i = 0; i < all_.size(); ++i) {
    if (all_[i].kind == SuspectKind::kScattered || all_[i].kind == SuspectKind::kDetached) {
      scattered.push_back(i);
    }
  }
  std::ranges::stable_sort(scattered, std::ranges::greater(),
                           [&](std::uint32_t i) { return weight(all_[i]); });
  if (scattered.size() > kMostMeasured) scattered.resize(kMostMeasured);
  for (const std::uint32_t i : scattered) {
    std::vector<std::uint32_t> members;
    for (std::uint32_t node = graph_.first_object; node < graph_.node_count(); ++node) {
      if (suspect_of_[node] == i) members.push_back(node);
    }
    const auto exact = retained_by_set(graph_, dominators_, members, monitor_);
    if (!exact) return std::unexpected(exact.error());
    all_[i].retained = exact->bytes;
  }
  return {};
}

void SuspectFinder::describe(Suspect& suspect, const ShortestPaths& paths) const {
  suspect.path = paths.path_to(suspect.holder.valid() ? suspect.holder.value : suspect.example);
  suspect.signature = signature(suspect);
}

// Names only: from the last class on the way, down to the members. Addresses, sizes and root groups
// differ from run to run, and so do the steps above the class that leads there.
std::string SuspectFinder::signature(const Suspect& suspect) const {
  std::string text;
  for (const std::uint32_t node : suspect.path) {
    if (!graph_.is_object(node)) continue;
    if (graph_.role(node) == Role::kClass) text.clear();
    const std::string_view own = graph_.own_name(node);
    text +=
        fmt::format("{}:{}>", graph_.kind_name(node), own.empty() ? graph_.class_name(node) : own);
  }
  if (suspect.member_class.valid()) {
    text += graph_.words->class_name(suspect.member_class);
  }
  return fmt::format("{:08x}", stable_hash(text) >> 32);
}

// Processes gather a little here and there. Beside a real leak that is noise; alone it may be one.
bool SuspectFinder::is_minor(const Suspect& suspect, const SuspectReport& report) const {
  constexpr double kNothing = 0.0002;      // of the heap
  constexpr double kNextToNothing = 0.02;  // of the first suspect's growth
  const auto heap = static_cast<double>(dominators_.reachable_bytes - report.overhead_bytes);
  if (weight(suspect) < kNothing * heap) return true;
  return !report.suspects.empty() &&
         weight(suspect) < kNextToNothing * weight(report.suspects.front());
}

double SuspectFinder::weight(const Suspect& suspect) const {
  const auto bytes = static_cast<double>(suspect.retained);
  switch (suspect.judgement) {
    case Judgement::kGrows: {
      // The runtime's own tables grow while code warms up; what an app leaks are its objects.
      const Role role = graph_.kinds[suspect.member_kind].role;
      const auto growth = static_cast<double>(suspect.growth());
      return is_internal(role) ? growth / 10 : growth;
    }
    case Judgement::kEveryAge:
      return bytes * 20;
    default:
      return bytes;
  }
}

SuspectReport SuspectFinder::sort_out() {
  std::ranges::sort(all_, [&](const Suspect& a, const Suspect& b) {
    const double first = weight(a);
    const double second = weight(b);
    return first != second ? first > second : a.signature < b.signature;
  });
  SuspectReport report;
  for (std::uint32_t node = graph_.first_object; node < graph_.node_count(); ++node) {
    if ((graph_.flags[node] & kOverhead) != 0) report.overhead_bytes += graph_.shallow(node);
  }
  for (Suspect& suspect : all_) {
    switch (suspect.judgement) {
      case Judgement::kGrows:
        if (is_minor(suspect, report)) {
          ++report.minor;
          break;
        }
        [[fallthrough]];
      case Judgement::kEveryAge:
      case Judgement::kHeld:
        report.suspects.push_back(std::move(suspect));
        break;
      case Judgement::kBounded:
        report.cleared.push_back(std::move(suspect));
        break;
      default:
        report.large.push_back(std::move(suspect));
        break;
    }
  }
  // Where the ages of one collection give it away, what is merely large is no suspect.
  if (!report.suspects.empty() && report.suspects.front().judgement == Judgement::kEveryAge) {
    const auto held = std::ranges::stable_partition(report.suspects, [](const Suspect& suspect) {
      return suspect.judgement != Judgement::kHeld;
    });
    report.large.insert(report.large.begin(), std::make_move_iterator(held.begin()),
                        std::make_move_iterator(held.end()));
    report.suspects.erase(held.begin(), held.end());
  }
  std::ranges::stable_sort(report.large, std::ranges::greater(), &Suspect::retained);
  return report;
}

}  // namespace

Result<SuspectReport> find_suspects(const HeapGraph& graph, const Dominators& dominators,
                                    const PathGrowth* growth, Monitor& monitor) {
  return SuspectFinder(graph, dominators, growth, monitor).run();
}

}  // namespace tidemark
