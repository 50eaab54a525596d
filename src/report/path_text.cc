#include "report/path_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/safe_text.h"

namespace tidemark {
namespace {

// Is the label worth its place on a line of many steps?
bool tells_much(const std::string& edge) {
  return edge.starts_with("@") || edge.starts_with(".") || edge.starts_with("variable ");
}

std::string arrow(const PathStep& step) {
  const std::string edge = safe_text(step.edge.value_or(""));
  return tells_much(edge) ? fmt::format(" → {} ", edge) : " → ";
}

// The root over all roots says nothing where a group of roots follows.
bool begins_with_the_root(std::span<const PathStep> path) {
  return path.size() > 1 && path[0].role == Role::kRoot && path[0].object == "root";
}

}  // namespace

std::string path_text(std::span<const PathStep> path) {
  // What matters begins at the last class or root group; a step or two before it gives the context.
  std::size_t start = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i].role == Role::kClass) start = i;
  }
  constexpr std::size_t kContext = 2;
  start = start > kContext ? start - 1 : 0;
  if (begins_with_the_root(path)) path = path.subspan(1);
  start = start > 0 ? start - 1 : 0;
  constexpr std::size_t kMostSteps = 9;
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i > 0 && i < start) {
      if (i == 1) text += " → …";
      continue;
    }
    const bool skipped = path.size() > start + kMostSteps && i >= start + kMostSteps / 2 &&
                         i + kMostSteps / 2 < path.size();
    if (skipped) {
      if (i == start + kMostSteps / 2) text += " → …";
      continue;
    }
    if (i > 0) text += arrow(path[i]);
    text += safe_text(path[i].object);
  }
  return text;
}

std::string short_path_text(std::span<const PathStep> path) {
  constexpr std::size_t kMostSteps = 4;
  std::size_t start =
      path.size() > kMostSteps ? path.size() - kMostSteps : std::min<std::size_t>(1, path.size());
  for (std::size_t i = start; i < path.size(); ++i) {
    if (path[i].role == Role::kClass) start = i;
  }
  std::string text;
  for (std::size_t i = start; i < path.size(); ++i) {
    if (i > start) text += arrow(path[i]);
    text += safe_text(path[i].object);
  }
  return text;
}

std::string path_lines(std::span<const PathStep> path, std::string_view indent) {
  if (begins_with_the_root(path)) path = path.subspan(1);
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    std::string line(indent);
    if (i > 0) line += path[i].edge ? fmt::format("→ {}: ", safe_text(*path[i].edge)) : "→ ";
    line += safe_text(path[i].object);
    if (path[i].address) line += "  " + *path[i].address;
    out += line + "\n";
  }
  return out;
}

}  // namespace tidemark
