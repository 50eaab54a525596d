#include "analysis/packages.h"

#include <cctype>
#include <optional>

namespace tidemark {
namespace {

// What stands between the last `marker` and the next slash; nothing when the marker is missing.
std::optional<std::string_view> folder_after(std::string_view path, std::string_view marker) {
  const std::size_t place = path.rfind(marker);
  if (place == std::string_view::npos) return std::nullopt;
  const std::string_view rest = path.substr(place + marker.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;  // a file, not a folder
  return rest.substr(0, slash);
}

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// "activesupport-6.1.7.10" to "activesupport 6.1.7.10"; "rails-a1b2c3d4e5f6" (a checkout) to
// "rails".
std::string split_version(std::string_view folder) {
  for (std::size_t dash = folder.find('-'); dash != std::string_view::npos;
       dash = folder.find('-', dash + 1)) {
    if (dash + 1 < folder.size() && is_digit(folder[dash + 1])) {
      return std::string(folder.substr(0, dash)) + " " + std::string(folder.substr(dash + 1));
    }
  }
  return std::string(folder);
}

std::string checkout_name(std::string_view folder) {
  const std::size_t dash = folder.rfind('-');
  return std::string(dash == std::string_view::npos ? folder : folder.substr(0, dash));
}

// "3.1.0" and the like: the folder of a Ruby version.
bool is_version(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return false;
  return text.find_first_not_of("0123456789.+p") == std::string_view::npos;
}

// "json/common.rb" to "json", "set.rb" to "set".
std::string first_part(std::string_view rest) {
  const std::string_view part = rest.substr(0, rest.find('/'));
  return std::string(part.ends_with(".rb") ? part.substr(0, part.size() - 3) : part);
}

std::optional<std::string> ruby_library(std::string_view path) {
  constexpr std::string_view kLibrary = "/lib/ruby/";
  const std::size_t place = path.find(kLibrary);
  if (place == std::string_view::npos) return std::nullopt;
  std::string_view rest = path.substr(place + kLibrary.size());
  constexpr std::string_view kVendor = "vendor_ruby/";
  if (rest.starts_with(kVendor)) {
    rest.remove_prefix(kVendor.size());
    const std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos && is_version(rest.substr(0, slash))) {
      rest.remove_prefix(slash + 1);
    }
    return first_part(rest);
  }
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || !is_version(rest.substr(0, slash))) return std::nullopt;
  return "ruby stdlib: " + first_part(rest.substr(slash + 1));
}

std::optional<std::string> node_module(std::string_view path) {
  constexpr std::string_view kModules = "node_modules/";
  const std::size_t place = path.rfind(kModules);
  if (place == std::string_view::npos) return std::nullopt;
  const std::string_view rest = path.substr(place + kModules.size());
  std::size_t end = rest.find('/');
  if (rest.starts_with("@") && end != std::string_view::npos) end = rest.find('/', end + 1);
  return "npm: " + std::string(rest.substr(0, end));
}

}  // namespace

std::string package_of(std::string_view path) {
  if (path.empty()) return {};
  if (path.starts_with("<internal:") || path.starts_with("<compiled>")) return "ruby core";
  if (path.starts_with("node:")) return "node core";
  if (const auto module = node_module(path)) return *module;
  if (const auto checkout = folder_after(path, "/bundler/gems/")) return checkout_name(*checkout);
  if (const auto gem = folder_after(path, "/gems/")) {
    // ".../ruby/3.1.0/gems/NAME-1.2/..." and the bundled "/gems/3.1.0/gems/NAME-1.2/...".
    if (!is_version(*gem)) return split_version(*gem);
  }
  if (const auto library = ruby_library(path)) return *library;
  return "app";
}

}  // namespace tidemark
