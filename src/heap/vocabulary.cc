#include "heap/vocabulary.h"

#include <fmt/format.h>

#include <cstring>

#include "base/hash.h"

namespace tidemark {

std::size_t Vocabulary::TextHash::operator()(std::string_view text) const noexcept {
  return stable_hash(text, process_seed());
}

std::size_t Vocabulary::SiteHash::operator()(const Site& site) const noexcept {
  const std::uint64_t place = (std::uint64_t{site.file.value} << 32) | site.line;
  return combine(combine(combine(process_seed(), place), site.method.value), site.column);
}

StringId Vocabulary::intern(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  return intern_locked(text);
}

StringId Vocabulary::intern_locked(std::string_view text) {
  if (auto found = string_ids_.find(text); found != string_ids_.end()) return found->second;
  constexpr std::size_t kBlock = std::size_t{1} << 16;
  if (blocks_.empty() || block_used_ + text.size() > blocks_.back().size()) {
    blocks_.emplace_back(std::max(kBlock, text.size()));
    block_used_ = 0;
  }
  char* home = blocks_.back().data() + block_used_;
  if (!text.empty()) std::memcpy(home, text.data(), text.size());
  block_used_ += text.size();
  const std::string_view kept(home, text.size());
  const StringId id(static_cast<std::uint32_t>(strings_.size()));
  strings_.push_back(kept);
  string_ids_.emplace(kept, id);
  return id;
}

std::size_t Vocabulary::ClassHash::operator()(const ClassKey& key) const noexcept {
  return combine(key.variant ^ process_seed(), key.name.value);
}

ClassId Vocabulary::intern_class(std::string_view name, std::uint64_t variant) {
  const std::scoped_lock lock(mutex_);
  const StringId string = intern_locked(name);
  const ClassId fresh(static_cast<std::uint32_t>(classes_.size()));
  const auto [place, inserted] =
      class_ids_.emplace(ClassKey{.name = string, .variant = variant}, fresh);
  if (inserted) classes_.push_back(string);
  return place->second;
}

SiteId Vocabulary::intern_site(const Site& site) {
  const std::scoped_lock lock(mutex_);
  const SiteId fresh(static_cast<std::uint32_t>(sites_.size()));
  const auto [place, inserted] = site_ids_.emplace(site, fresh);
  if (inserted) sites_.push_back(site);
  return place->second;
}

std::string Vocabulary::site_label(SiteId id) const {
  const Site where = site(id);
  if (!where.file.valid()) return {};
  if (where.line == 0) return std::string(text(where.file));
  if (where.column == 0) return fmt::format("{}:{}", text(where.file), where.line);
  return fmt::format("{}:{}:{}", text(where.file), where.line, where.column);
}

}  // namespace tidemark
