#include "answers/pool/status.h"
#include "series/clock_text.h"

namespace tidemark {

void describe(Fields& fields, const PoolWorker& worker) {
  fields.record("PoolWorker", "A worker process that a pool keeps.");
  fields("number", worker.number, "of the worker; none is given twice");
  fields("pid", worker.pid, "its process");
  fields("state", worker.state, "how far it is in its life");
  fields("age_seconds", worker.age_seconds, "since it was started");
  fields("memory_bytes", worker.memory_bytes,
         "its proportional memory, swap included; null: not read yet");
  fields("unique_bytes", worker.unique_bytes, "what its end would free; null: not read yet");
  fields("growth_bytes_per_hour", worker.growth_bytes_per_hour,
         "of its memory since it was warm; null: flat, or not known");
  fields("drains", worker.drains,
         "the part of tidemark in the app has reported: it drains before it ends, and counts");
  fields("requests", worker.requests, "that it has served; null: it does not report");
  fields("busy", worker.busy, "requests begun and not finished; null: it does not report");
  fields("waiting", worker.waiting, "connections accepted and not begun; null: it does not report");
  fields("event_loop_lag_milliseconds", worker.event_loop_lag_milliseconds,
         "by which its event loop is late; null: it does not report");
  fields("cpu_cores", worker.cpu_cores, "processors in use");
  fields("seconds_to_limit", worker.seconds_to_limit,
         "until it is predicted to take --max-memory, 0 when it does; null: not in sight");
  fields("retiring", worker.retiring, "why it is to go; null: it is not");
}

void describe(Fields& fields, const WorkerReplacement& one) {
  fields.record("WorkerReplacement", "A worker that another has taken the place of.");
  fields("seconds_ago", one.seconds_ago, "when it was over");
  fields("old", one.old_worker, "the number of the worker that went");
  fields("new", one.new_worker, "the number of the worker in its place");
  fields("reason", one.reason, "why");
  fields("life_seconds", one.life_seconds, "of the old worker");
  fields("freed_bytes", one.freed_bytes, "by the old worker's end; null: not known");
  fields("new_bytes", one.new_bytes, "that the new one takes when it is warm; null: not known");
}

void describe(Fields& fields, const PoolDecision& decision) {
  fields.record("PoolDecision", "Something that a pool has done or noticed, and why.");
  fields("decided_at", format_precise_time(decision.time), "when");
  fields("text", decision.text, "what, and why");
}

void describe(Fields& fields, const PoolStatusAnswer& answer) {
  fields.document("status", 2, "A running `tidemark run`: its workers and what it decided last.",
                  answer.notices);
  fields("name", answer.name, "of the pool: --name, or its port");
  fields("command", answer.command, "that starts a worker, or the server");
  fields("pid", answer.pid, "of tidemark");
  fields("port", answer.port, "where it is served");
  fields("external", answer.external, "the server keeps its own workers");
  fields("server", answer.server, "which web server it is");
  fields("uptime_seconds", answer.uptime_seconds, "of tidemark");
  fields("min_workers", answer.min_workers, "as asked for");
  fields("max_workers", answer.max_workers, "as asked for");
  fields("wanted_workers", answer.wanted_workers, "that the load asks for");
  fields("max_memory_bytes", answer.max_memory_bytes,
         "of one worker, beyond which it is replaced; null: no limit");
  fields("queue", answer.queue,
         "connections that wait to be accepted; null: the socket is not tidemark's");
  fields("queue_limit", answer.queue_limit, "how many can; null likewise");
  fields("clients_waiting", answer.clients_waiting,
         "clients whose last bytes are not answered; a lower bound");
  fields("requests", answer.requests, "served by all workers there have been, where they report");
  fields("memory_bytes", answer.memory_bytes, "of all together, as the quota counts it");
  fields("quota_bytes", answer.quota_bytes, "null: there is none");
  fields("seconds_to_quota", answer.seconds_to_quota,
         "until it is predicted to be used up, 0 when it is; null: not in sight");
  fields("tidemark_bytes", answer.tidemark_bytes, "proportional memory of tidemark itself");
  fields("workers_started", answer.workers_started, "since the beginning");
  fields("workers_replaced", answer.workers_replaced, "since the beginning");
  fields("workers_crashed", answer.workers_crashed, "that ended unasked");
  fields("replacing_is_useless", answer.replacing_paused_seconds.has_value(),
         "replacing workers has not helped, and is left be for a while");
  fields("replacing_paused_seconds", answer.replacing_paused_seconds,
         "until it is tried again; null: it is not paused");
  fields("workers", answer.workers, "those there are");
  fields("recycles", answer.replacements, "the last replacements, the latest at the end");
  fields("decisions", answer.decisions, "the last ones, the latest at the end");
}

}  // namespace tidemark
