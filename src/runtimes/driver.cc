#include "runtimes/driver.h"

#include "runtimes/node/node_fork.h"
#include "runtimes/node/node_gc_stats.h"
#include "runtimes/ruby/ruby_fork.h"
#include "runtimes/ruby/ruby_gc_stats.h"

namespace tidemark {
namespace {

Result<ForkCapture> ruby_heap(pid_t pid, const Runtime& runtime, ByteSink& sink,
                              const HeapCopyOptions& options, Monitor& monitor) {
  RubyForkOptions forking;
  forking.limits = options.limits;
  forking.groups = options.groups;
  forking.code = ruby_heap_code(options.collect_first);
  return capture_ruby(pid, runtime, sink, forking, monitor);
}

Result<ForkCapture> node_heap(pid_t pid, const Runtime& runtime, ByteSink& sink,
                              const HeapCopyOptions& options, Monitor& monitor) {
  NodeForkOptions forking;
  forking.limits = options.limits;
  forking.groups = options.groups;
  return capture_node(pid, runtime, sink, forking, monitor);
}

constexpr RuntimeDriver kRuby = {
    .kind = RuntimeKind::kRuby, .capture_heap = ruby_heap, .open_gc_stats = open_ruby_gc_stats};
constexpr RuntimeDriver kNode = {
    .kind = RuntimeKind::kNode, .capture_heap = node_heap, .open_gc_stats = open_node_gc_stats};

}  // namespace

const RuntimeDriver& driver_of(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::kRuby:
      return kRuby;
    case RuntimeKind::kNode:
      break;
  }
  return kNode;
}

}  // namespace tidemark
