// Strings that were never joined ("ropes") are compared by a polynomial hash of their text, which
// follows from those of the two parts: a chain of a million ropes, each one character longer than
// the last, takes a million steps, not a million joined texts.
#include "analysis/duplicate_texts.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "heap/sparse_column.h"

namespace tidemark {
namespace {

constexpr std::size_t kCut = 1024;
constexpr std::uint32_t kNone = 0xffffffffU;

// The value of a text read as digits, modulo a prime, and its length; longer ones are all alike.
struct Digest {
  std::uint64_t value = 0;
  std::uint32_t length = 0;
};

class Digester {
 public:
  static constexpr std::uint32_t kTooLong = kCut;

  Digester() : base_(process_seed() % (kPrime - 1'000) + 500) {
    powers_[0] = 1;
    for (std::size_t i = 1; i < kCut; ++i) powers_[i] = times(powers_[i - 1], base_);
  }
  [[nodiscard]] Digest of(std::string_view text) const {
    if (text.size() >= kCut) return {.value = 0, .length = kTooLong};
    std::uint64_t value = 0;
    for (const char c : text) value = sum(times(value, base_), static_cast<unsigned char>(c) + 1U);
    return {.value = value, .length = static_cast<std::uint32_t>(text.size())};
  }
  [[nodiscard]] Digest joined(const Digest& first, const Digest& second) const {
    if (first.length + second.length >= kTooLong) return {.value = 0, .length = kTooLong};
    return {.value = sum(times(first.value, powers_[second.length]), second.value),
            .length = first.length + second.length};
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;

  static std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t total = a + b;
    return total >= kPrime ? total - kPrime : total;
  }
  static std::uint64_t times(std::uint64_t a, std::uint64_t b) {
    const Wide product = Wide{a} * b;
    return sum(static_cast<std::uint64_t>(product & kPrime),
               static_cast<std::uint64_t>(product >> 61));
  }

  std::uint64_t base_;
  std::array<std::uint64_t, kCut> powers_{};
};

struct Rope {
  std::uint32_t node = 0;
  Digest digest;
};

class Finder {
 public:
  explicit Finder(const HeapGraph& graph) : graph_(graph), counts_(graph.texts->size()) {}
  std::vector<DuplicateText> run();

 private:
  static constexpr std::uint32_t kUnknown = 0xffffffffU;  // lengths: not looked at, and
  static constexpr std::uint32_t kPending = 0xfffffffeU;  // waiting for that of a part

  [[nodiscard]] bool counts(std::uint32_t text) const {
    return text < counts_.size() && counts_[text] > 0 && (*graph_.texts)[text].size() < kCut;
  }
  [[nodiscard]] bool is_rope(std::uint32_t node) const {
    return graph_.text[node] == rope_text_ && is_concatenated_[graph_.kind[node]];
  }
  [[nodiscard]] bool is_joined(std::uint32_t node) const {
    return is_string_[graph_.kind[node]] && graph_.shallow32[node] != 0 && !is_rope(node);
  }
  void find_words();
  void count_texts();
  void digest_ropes();
  void digest(std::uint32_t first);
  [[nodiscard]] std::uint32_t part(std::uint32_t rope, std::uint32_t name) const;
  [[nodiscard]] std::optional<Digest> known(std::uint32_t node) const;
  void group_ropes();
  void group_texts();
  void add(DuplicateText& group, std::uint32_t node, std::size_t length);

  const HeapGraph& graph_;
  Digester digester_;
  std::uint32_t rope_text_ = kNone;
  std::uint32_t first_word_ = kNone;
  std::uint32_t second_word_ = kNone;
  std::vector<bool> is_string_;        // by kind
  std::vector<bool> is_concatenated_;  // by kind
  std::vector<std::uint32_t> counts_;  // by text: strings that have it
  std::vector<Rope> ropes_;
  SparseColumn<std::uint32_t> rope_at_;  // by node, in `ropes_` before they are sorted
  tsl::robin_map<std::uint32_t, std::size_t> group_of_text_;
  std::vector<DuplicateText> groups_;
};

void Finder::find_words() {
  for (const Kind& kind : graph_.kinds) {
    const std::string_view name = graph_.words->text(kind.name);
    is_concatenated_.push_back(name == "concatenated string");
    is_string_.push_back(is_concatenated_.back() || name == "string");
  }
  for (std::uint32_t text = 0; text < graph_.texts->size(); ++text) {
    const std::string_view word = (*graph_.texts)[text];
    if (word == "(concatenated string)") rope_text_ = text;
    if (word == "first") first_word_ = text;
    if (word == "second") second_word_ = text;
  }
}

void Finder::count_texts() {
  rope_at_ = SparseColumn<std::uint32_t>(graph_.node_count());
  for (std::uint32_t node = 0; node < graph_.node_count(); ++node) {
    const std::uint32_t text = graph_.text[node];
    if (is_rope(node)) {
      rope_at_.append(node, static_cast<std::uint32_t>(ropes_.size()));
      ropes_.push_back({.node = node, .digest = {.value = 0, .length = kUnknown}});
    } else if (is_joined(node) && text < counts_.size()) {
      ++counts_[text];
    }
  }
  rope_at_.finish();
}

std::uint32_t Finder::part(std::uint32_t rope, std::uint32_t name) const {
  const std::uint32_t label = EdgeLabel(EdgeType::kInternal, name).packed();
  for (std::uint32_t e = graph_.edge_begin[rope]; e < graph_.edge_begin[rope + 1]; ++e) {
    if (graph_.edge_label[e] == label) return graph_.edge_target[e];
  }
  return kNone;
}

// Of any string; nothing for a rope that is not known yet.
std::optional<Digest> Finder::known(std::uint32_t node) const {
  if (node == kNone || graph_.role(node) != Role::kString) return Digest{};
  const std::uint32_t rope = rope_at_.at(node, kNone);
  if (rope == kNone) return digester_.of(graph_.text_of(node));
  Digest digest = ropes_[rope].digest;
  if (digest.length == kUnknown) return std::nullopt;
  // One that is still pending is made of itself, as no runtime's is: it counts as too long.
  digest.length = std::min(digest.length, Digester::kTooLong);
  return digest;
}

// That of one rope, and of all that it is made of.
void Finder::digest(std::uint32_t first) {
  std::vector<std::uint32_t> todo = {first};
  while (!todo.empty()) {
    Digest& mine = ropes_[todo.back()].digest;
    const std::uint32_t node = ropes_[todo.back()].node;
    mine.length = kPending;
    const std::array parts = {part(node, first_word_), part(node, second_word_)};
    const std::array digests = {known(parts[0]), known(parts[1])};
    if (digests[0] && digests[1]) {
      mine = digester_.joined(*digests[0], *digests[1]);
      todo.pop_back();
      continue;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!digests[i]) todo.push_back(rope_at_.at(parts[i], kNone));
    }
  }
}

void Finder::digest_ropes() {
  for (std::uint32_t rope = 0; rope < ropes_.size(); ++rope) {
    if (ropes_[rope].digest.length == kUnknown) digest(rope);
  }
  rope_at_ = {};
  std::erase_if(ropes_, [&](const Rope& rope) {
    return rope.digest.length >= Digester::kTooLong || graph_.shallow32[rope.node] == 0;
  });
  std::ranges::sort(ropes_, {}, [](const Rope& rope) {
    return std::tuple(rope.digest.value, rope.digest.length, rope.node);
  });
}

void Finder::add(DuplicateText& group, std::uint32_t node, std::size_t length) {
  if (group.count++ == 0) {
    group.example = node;
    group.length = static_cast<std::uint32_t>(length);
  }
  group.bytes += graph_.shallow(node);
}

// A group for each text that several ropes have, or a rope and others.
void Finder::group_ropes() {
  if (ropes_.empty()) return;
  const auto key = [](const Rope& rope) {
    return std::pair(rope.digest.value, rope.digest.length);
  };
  tsl::robin_map<std::size_t, std::uint32_t> text_of;  // by the first rope of that text
  for (std::uint32_t text = 0; text < counts_.size(); ++text) {
    if (!counts(text)) continue;
    const Digest digest = digester_.of((*graph_.texts)[text]);
    const auto place =
        std::ranges::lower_bound(ropes_, std::pair(digest.value, digest.length), {}, key);
    if (place == ropes_.end() || key(*place) != std::pair(digest.value, digest.length)) continue;
    text_of.emplace(static_cast<std::size_t>(place - ropes_.begin()), text);
  }
  for (std::size_t begin = 0, end = 0; begin < ropes_.size(); begin = end) {
    while (end < ropes_.size() && key(ropes_[end]) == key(ropes_[begin])) ++end;
    const auto joined = text_of.find(begin);
    if (end - begin < 2 && joined == text_of.end()) continue;
    if (joined != text_of.end()) group_of_text_.emplace(joined->second, groups_.size());
    groups_.emplace_back();
    for (std::size_t i = begin; i < end; ++i) {
      add(groups_.back(), ropes_[i].node, ropes_[i].digest.length);
    }
  }
}

// Joined strings are of one text when it has one number: the table holds none twice.
void Finder::group_texts() {
  for (std::uint32_t node = 0; node < graph_.node_count(); ++node) {
    const std::uint32_t text = graph_.text[node];
    if (!counts(text) || !is_joined(node)) continue;
    auto place = group_of_text_.find(text);
    if (place == group_of_text_.end()) {
      if (counts_[text] < 2) continue;
      place = group_of_text_.emplace(text, groups_.size()).first;
      groups_.emplace_back();
    }
    add(groups_[place->second], node, (*graph_.texts)[text].size());
  }
}

std::vector<DuplicateText> Finder::run() {
  find_words();
  count_texts();
  digest_ropes();
  group_ropes();
  group_texts();
  return std::move(groups_);
}

}  // namespace

std::vector<DuplicateText> find_duplicate_texts(const HeapGraph& graph) {
  if (graph.texts == nullptr) return {};
  return Finder(graph).run();
}

}  // namespace tidemark
