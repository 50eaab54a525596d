// Why is an object alive? The paths from the roots that hold it, what every path passes, and who
// refers to it.
//
// Reads one heap (open_heap.h) and turns its references round: 4 bytes a reference beside the
// graph.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "answers/heap/shapes.h"
#include "answers/read_options.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"

namespace tidemark {

struct RetainersRequest {
  std::string dump;  // a path, "-", or a remote address
  // An object by its address, or by V8's id; or a class, whose instance that retains most is meant.
  struct Address {
    std::uint64_t value = 0;
  };
  struct Number {
    std::uint64_t value = 0;
  };
  std::variant<std::string, Address, Number> object;
  std::size_t paths = 3;  // how many different ones
  ReadOptions read;
};

struct RetainingPath {
  std::uint64_t paths = 0;      // with the same labels, this example included
  bool conservative = false;    // from the machine stack: may hold what is dead
  std::vector<PathStep> steps;  // from the root to the object
};

struct Dominator {
  ObjectRef object;
  std::uint64_t retained_bytes = 0;
};

struct Referrer {
  std::string class_name;  // of those that refer to it
  std::string as;          // "@store", "element", "key or value"; empty: not known
  std::uint64_t objects = 0;
  std::uint64_t references = 0;
  std::optional<std::string> example{};  // an address
};

struct RetainersAnswer {
  std::vector<Notice> notices;
  ObjectRef object;
  std::string type;                 // "ARRAY", "closure"
  std::optional<std::uint64_t> of;  // named by its class: how many there are, this retains most
  std::optional<CodePlace> place;   // where it was allocated or defined
  bool place_is_code = false;       // defined there
  std::uint64_t bytes = 0;
  std::uint64_t retained_bytes = 0;
  std::optional<std::uint32_t> generation;
  bool reachable = false;
  std::optional<std::int32_t> distance;  // from the program's roots, as DevTools counts
  std::optional<std::string> text;       // of a string: its beginning
  bool text_is_whole = true;
  std::vector<RetainingPath> paths;   // the shortest first; conservative ones last
  bool search_limited = false;        // there may be more
  bool only_through_classes = false;  // no path but through the class of an instance
  std::vector<Dominator> dominators;  // from the root to the object
  std::vector<Referrer> referrers;    // most references first
  std::uint64_t references = 0;       // from all referrers
  std::uint64_t referring_objects = 0;
};

// Errors: those of open_heap(); kNotFound when there is no such object, with the nearest name;
// kCancelled. Thread-safe.
Result<RetainersAnswer> answer(const RetainersRequest& request, Monitor& monitor);

void describe(Fields& fields, const RetainersAnswer& answer);

}  // namespace tidemark
