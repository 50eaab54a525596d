// The supervisor's thresholds: all that is a choice of ours and no option of the user's. Times are
// seconds, memory is bytes, shares are 0 to 1. What the user can choose is in settings.h.
#pragma once

namespace tidemark {

struct PoolTuning {
  // The loop. While a worker comes or goes it is looked at often, for each look that comes late is
  // time in which a client waits; at rest a look costs more than it can tell.
  double turn_in_transition = 0.05;
  double turn_at_rest = 0.25;
  double processes_in_transition = 0.2;  // between two looks at the processes
  double processes_at_rest = 1;
  double load_interval = 1;  // between two looks at the connections
  // A second SIGINT ends all at once. A terminal sends one to each process of the group, and a
  // wrapper passes it on: those that come so close together are one.
  double second_signal_after = 0.2;

  // Is a worker ready?
  // Below this share of a processor, wanted or used, a server that starts has come to rest: one
  // that boots takes a whole one, one that idles some per mille.
  double quiet_share = 0.2;
  // So many looks in a row at rest are a proof: a boot waits for a disk or a database in between.
  int quiet_looks_ready = 3;
  int quiet_looks_warn = 15;  // at rest for so long without our socket: it will not take it (3 s)

  // Starts.
  // A worker that crashes within this of being ready has not really started: it counts as a failed
  // start, so that it is started ever more slowly. One that lives longer clears the count.
  double proven_after = 5;
  double first_start_pause = 0.5;  // after one failed start; each further one doubles it
  double longest_start_pause = 60;

  // Memory.
  // A worker is warm, and its memory its baseline, after the first requests have loaded what is
  // loaded late; or at its minimum life, if that is sooner, for then it may be replaced.
  double warm_after = 10;
  // What a new worker takes is a moving mean; the last one counts so much, for each is one sample.
  double footprint_weight = 0.3;
  // A new worker is started only when all would stay below this share of the quota: what is left
  // is for what the others grow by until it has started.
  double room_share = 0.97;
  // At this share of the quota one is replaced whatever is predicted: nothing is left to wait for.
  double full_share = 0.95;
  // A replacement that gains less than this, or than this share of what the old one's end released,
  // is not worth its processor time: noise of a heap is of that size.
  double least_gain = 5e6;
  double least_gain_share = 0.05;
  // A new worker that takes this share of --max-memory when it is warm is at the limit at once.
  double at_limit_share = 0.95;
  // Each worker's life below this share of the one's before, twice: the limit is too low for what
  // the load has become, for a leak alone fills the same room in the same time.
  double sooner_share = 0.6;
  // A restart by the platform within this does what --max-age and --max-requests are for.
  double platform_margin = 900;

  // Drain and end.
  // From an app's word that it drains to its being believed idle: a thread that was accepting when
  // the app heard of it shows up by then.
  double drain_settling = 0.3;
  // When all ends: clients that had connected at the signal are accepted and heard by then.
  double end_settling = 0.5;
  // When all ends: to finish what came in. Less than the 10 s that Docker gives by default, so that
  // a server gets its signal there as well; what is left of --end-timeout is the server's own.
  double end_grace = 8;

  // Load: a worker more.
  int queue_least = 2;          // connections, or requests in apps, for each worker; one is chance
  double late_loop = 100;       // milliseconds by which an event loop is late: clients feel it
  double busy_share = 0.9;      // of a core by each worker, of all processors by all
  double pending_clients = 16;  // clients of each worker that wait for an answer
  double load_lasts = 2;  // for so long, and since the last one was added: it shows its effect
  // More than twice what many clients are for one worker, all in the queue at once: a burst, and no
  // time to see whether it lasts.
  double burst_queue = 33;
  double burst_lasts = 0.5;

  // Load: a worker less.
  double idle_share = 0.5;  // fewer would do when they were busy for this share
  // Going up within so many --idle of going down was a mistake: the next way down takes twice as
  // long, up to so many times --idle; a mistake is forgotten after so many --idle without growth.
  double mistake_within = 2;
  double most_idle_factor = 8;
  double forgotten_after = 10;

  // Connections wait, nothing is served and no worker uses more than this share of a processor: for
  // so long it may be a pause of the app, after that nobody takes them.
  double stuck_share = 0.05;
  double stuck_after = 10;
};

inline constexpr PoolTuning kTuning;

}  // namespace tidemark
