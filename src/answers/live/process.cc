#include "answers/live/process.h"

namespace tidemark {

RuntimeProcess runtime_process(const Candidate& candidate) {
  RuntimeProcess process;
  process.pid = candidate.pid;
  process.parent = candidate.parent;
  process.command = candidate.title;
  process.runtime = candidate.kind;
  process.resident_bytes = candidate.resident_bytes;
  process.uptime_seconds = candidate.uptime_seconds;
  return process;
}

RuntimeProcess runtime_process(const Diagnosis& diagnosis) {
  const ProcessStatus& status = diagnosis.status;
  RuntimeProcess process;
  process.pid = status.pid;
  process.parent = status.parent;
  process.pid_inside = status.pid_inside;
  process.app = diagnosis.app;
  process.command = diagnosis.title;
  process.runtime = diagnosis.runtime->kind;
  if (!diagnosis.runtime->version.empty()) process.version = diagnosis.runtime->version;
  process.resident_bytes = status.resident_bytes;
  if (diagnosis.heap_bytes != 0) process.v8_heap_bytes = diagnosis.heap_bytes;
  process.threads = status.threads;
  process.uptime_seconds = diagnosis.uptime_seconds;
  process.other_namespaces = diagnosis.other_namespaces;
  return process;
}

void describe(Fields& fields, const RuntimeProcess& process) {
  fields.record(
      "Process",
      "A live process of Ruby or Node.js. What is null was not looked at, or is not known.");
  fields("pid", process.pid, "its number, as this machine counts");
  fields("parent", process.parent, "the number of the process that started it");
  fields("pid_inside", process.pid_inside, "its number in its own pid namespace: a container's");
  fields("app", process.app, "a short name: of the folder that it runs in, or its own");
  fields("command", process.command,
         "its command line or the title that it gave itself, secrets hidden");
  fields("runtime", process.runtime, "what runs in it");
  fields("version", process.version, "of the runtime");
  fields("resident_bytes", process.resident_bytes, "its memory, as `ps` counts it (RSS)");
  fields("v8_heap_bytes", process.v8_heap_bytes, "pages of V8's heap; null for Ruby");
  fields("threads", process.threads, "how many it has");
  fields("uptime_seconds", process.uptime_seconds, "since it was started");
  fields("other_namespaces", process.other_namespaces, "it runs in a container, seen from here");
}

}  // namespace tidemark
