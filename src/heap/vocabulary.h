// The words of one or several heaps, each kept once: strings, class names, allocation sites.
// Heaps that are compared share one Vocabulary, so that equal words have equal ids.
//
// Cost: the text once, plus about 40 bytes a word. Any number of threads may intern, and read the
// words that they know of, at the same time.
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/stable_list.h"
#include "base/strong_index.h"

namespace tidemark {

using StringId = StrongIndex<struct StringTag>;
using ClassId = StrongIndex<struct ClassTag>;
using SiteId = StrongIndex<struct SiteTag>;

// Where an object was allocated or a function was written, as far as the runtime recorded it.
struct Site {
  StringId file;             // none: not recorded
  std::uint32_t line = 0;    // 0: not recorded
  StringId method;           // none: not recorded
  std::uint32_t column = 0;  // from 1; 0: not recorded
  friend bool operator==(const Site&, const Site&) = default;
};

class Vocabulary {
 public:
  Vocabulary() = default;
  Vocabulary(const Vocabulary&) = delete;
  Vocabulary& operator=(const Vocabulary&) = delete;
  ~Vocabulary() = default;

  StringId intern(std::string_view text);
  // Classes of one name but of another `variant` are different classes.
  ClassId intern_class(std::string_view name, std::uint64_t variant = 0);
  SiteId intern_site(const Site& site);

  [[nodiscard]] std::string_view text(StringId id) const {  // empty for none
    return id.valid() ? strings_[id.value] : std::string_view();
  }
  [[nodiscard]] std::string_view class_name(ClassId id) const {
    return id.valid() ? text(classes_[id.value]) : std::string_view();
  }
  [[nodiscard]] Site site(SiteId id) const { return id.valid() ? sites_[id.value] : Site{}; }

  [[nodiscard]] std::uint32_t string_count() const {
    return static_cast<std::uint32_t>(strings_.size());
  }
  [[nodiscard]] std::uint32_t class_count() const {
    return static_cast<std::uint32_t>(classes_.size());
  }
  [[nodiscard]] std::uint32_t site_count() const {
    return static_cast<std::uint32_t>(sites_.size());
  }

  // "app/models/user.rb:19", "app/models/user.rb" or "" as far as it is known.
  [[nodiscard]] std::string site_label(SiteId id) const;

 private:
  struct TextHash {
    std::size_t operator()(std::string_view text) const noexcept;
  };
  struct SiteHash {
    std::size_t operator()(const Site& site) const noexcept;
  };
  StringId intern_locked(std::string_view text);

  std::mutex mutex_;
  std::deque<std::vector<char>> blocks_;  // stable homes of the texts
  std::size_t block_used_ = 0;
  StableList<std::string_view> strings_;
  StableList<StringId> classes_;
  StableList<Site> sites_;
  tsl::robin_map<std::string_view, StringId, TextHash> string_ids_;
  struct ClassKey {
    StringId name;
    std::uint64_t variant;
    friend bool operator==(const ClassKey&, const ClassKey&) = default;
  };
  struct ClassHash {
    std::size_t operator()(const ClassKey& key) const noexcept;
  };
  tsl::robin_map<ClassKey, ClassId, ClassHash> class_ids_;
  tsl::robin_map<Site, SiteId, SiteHash> site_ids_;
};

}  // namespace tidemark
