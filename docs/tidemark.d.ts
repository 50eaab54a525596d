// The documents of `tidemark ... --format json`: see json.md.
// Made by `tidemark schema --format typescript`.

/** Objects by the garbage collection that they were born after. */
export interface AgeBin {
  /** number of the first collection; null: not recorded */
  first: number | null;
  /** number of the last one */
  last: number | null;
  /** how many */
  objects: number;
  /** of these (bytes) */
  bytes: number;
  /** of these: classes, methods, compiled code, the virtual machine's own */
  program_objects: number;
  /** of these (bytes) */
  program_bytes: number;
}

/** How old the objects are. */
export interface Ages {
  /** of equal width, at most --limit; else one for each collection */
  bins: AgeBin[];
  /** without a recorded age */
  not_traced: AgeBin;
}

/** How much of a heap something is. */
export interface Amount {
  /** how many */
  objects: number;
  /** of these (bytes) */
  bytes: number;
}

/** Something that was looked at because captures depend on it. */
export interface CaptureCheck {
  /** what, in a word */
  name: string;
  /** how it stands */
  result: "fine" | "warning" | "obstacle";
  /** the same in a sentence */
  text: string;
}

/** What a capture is expected to cost, from measurements. */
export interface CaptureCost {
  /** the process does nothing for so long (milliseconds) */
  pause_low_milliseconds: number;
  /** or for so long at most (milliseconds) */
  pause_high_milliseconds: number;
  /** needed on top of what is used now (bytes) */
  memory_bytes: number;
  /** in the process, after the capture */
  memory_stays: boolean;
}

/** What the app, and a copy of it, may still take. */
export interface CaptureMemory {
  /** what the app can have before something is killed (bytes) */
  free_bytes: number;
  /** of which that is left (bytes) */
  limit_bytes: number;
  /** "host", or the path of a control group */
  limited_by: string;
  /** in whose control group a forked copy counts */
  copy_counts_in: "app" | "own";
  /** what the copy can have (bytes) */
  copy_free_bytes: number;
  /** of which that is left (bytes) */
  copy_limit_bytes: number;
  /** "host", or the path of a control group */
  copy_limited_by: string;
}

/** Whether a method would come to a capture, and at what price. */
export interface CaptureOutlook {
  /** how */
  method: "fork" | "injection" | "inspector" | "rbtrace" | "preload";
  /** as things stand */
  possible: boolean;
  /** in the memory that is free; else --force tries */
  fits: boolean;
  /** what it would cost */
  estimate: CaptureCost;
  /** why it is not possible, or why not without --force; null: nothing */
  obstacle: string | null;
  /** what would change that; null: not known */
  remedy: string | null;
}

/** A group of objects, and how its number went. */
export interface ChangedGroup {
  /** how its number went */
  trend: "grows" | "new" | "fluctuates" | "bounded" | "steady" | "shrinks";
  /** what the group stands for: a place, a package, a class...; null: not recorded */
  label: string | null;
  /** of groups by site or class */
  class: string | null;
  /** the runtime's name of it, of groups by site, class or type */
  type: string | null;
  /** members at each dump */
  counts: number[];
  /** of these (bytes) */
  bytes: number[];
  /** members that are new and stayed */
  stayed: number;
  /** of these (bytes) */
  stayed_bytes: number;
  /** what these keep alive; null: not asked for, or without roots (bytes) */
  stayed_retained_bytes: number | null;
  /** members that only the last dump has */
  first_seen_in_last: number;
  /** members of the dump before the last that the last has not */
  gone_in_last_interval: number;
  /** of those that came; of V8 snapshots only (bytes) */
  new_bytes_in_last_interval: number | null;
  /** of those that went; of V8 snapshots only (bytes) */
  gone_bytes_in_last_interval: number | null;
  /** of the count, from the first dump to the last; null: the times are not known (an hour) */
  growth_per_hour: number | null;
}

/** A place in the app's code. */
export interface CodePlace {
  /** file and line as far as they are known: app/models/user.rb:19 */
  site: string;
  /** the file */
  file: string | null;
  /** the line, from 1 */
  line: number | null;
  /** the column, from 1 */
  column: number | null;
  /** the method */
  method: string | null;
  /** the line of code, where its file is at hand */
  source: string | null;
}

/** Arrays, maps or sets of one class. */
export interface CollectionGroup {
  /** their class */
  class: string;
  /** how many */
  count: number;
  /** of these with their tables (bytes) */
  bytes: number;
  /** of these, what nothing is in (bytes) */
  spare_bytes: number;
  /** the address of the one with most to spare */
  example: string;
}

/** Collections that hold nothing, or have much room to spare. */
export interface CollectionSpace {
  /** collections that hold nothing */
  empty_count: number;
  /** of which more than half is room to spare */
  oversized_count: number;
  /** of all of them (bytes) */
  spare_bytes: number;
  /** how many there are, listed or not */
  empty_total: number;
  /** most to spare first */
  empty: CollectionGroup[];
  /** how many there are, listed or not */
  oversized_total: number;
  /** most to spare first */
  oversized: CollectionGroup[];
}

/** A row of DevTools' Comparison view. */
export interface ComparedConstructor {
  /** as DevTools calls it */
  constructor: string;
  /** # New */
  new_objects: number;
  /** # Deleted */
  deleted_objects: number;
  /** Alloc. Size (bytes) */
  new_bytes: number;
  /** Freed Size (bytes) */
  deleted_bytes: number;
}

/** One of the dumps that are compared. */
export interface ComparedDump {
  /** its path as given, #2 for a further dump of one stream */
  name: string;
  /** in it */
  objects: number;
  /** of these (bytes) */
  bytes: number;
  /** of these: with a recorded place or age */
  traced_objects: number;
  /** of these: of the measuring itself */
  overhead_objects: number;
  /** of the measuring itself (bytes) */
  overhead_bytes: number;
  /** since the first dump (hours) */
  hours: number | null;
}

/** What follows from the curves that were fitted to a series. */
export interface Conclusion {
  /** that it is a leak (probability, 0 to 1) */
  leak_probability: number;
  /** for growth without end (natural logarithm of odds) */
  leak_log_odds: number;
  /** what is asked for, this early (natural logarithm of odds) */
  leak_log_odds_wanted: number;
  /** beyond any warm-up, if it is a leak (bytes an hour) */
  growth_bytes_per_hour: Estimate;
  /** the same; null: requests are not counted (bytes for each 1,000 requests) */
  growth_bytes_per_1000_requests: Estimate | null;
  /** a smaller leak could not have shown in this data (bytes an hour) */
  smallest_leak_bytes_per_hour: number | null;
  /** where it settles, unless it is a leak (bytes) */
  plateau_bytes: Estimate;
  /** from now; 0: it has settled (hours) */
  hours_to_settle: number;
  /** from now; of a leak below the quota only (hours) */
  hours_to_quota: number | null;
  /** at the end, within 3 % of where it is now (hours) */
  flat_hours: number;
  /** that come and go with mean traffic (bytes) */
  traffic_bytes: number;
  /** of the curves that level off */
  best_ending_curve: string;
  /** of the curves that go on */
  best_growing_curve: string;
  /** live heap beside it, where it was sampled too */
  heap_after_gc: HeapBeside | null;
  /** too many of them? */
  workers: WorkersThatFit;
}

/** Whether the quota is passed. */
export interface Crossing {
  /** that it is passed within the time (probability, 0 to 1) */
  odds: Estimate;
  /** by the law of the high-water mark; else counted over runs */
  by_law: boolean;
  /** until half of all such servers have passed it; null: they do not (seconds) */
  median_seconds: number | null;
}

/** A point of a curve of memory. */
export interface CurvePoint {
  /** when (time, ISO 8601, UTC) */
  at: string;
  /** how much (bytes) */
  bytes: number;
}

/** What verdict says of all samples, a second read as a minute. */
export interface CurveVerdict {
  /** what the samples show */
  verdict: "steady" | "warming" | "leak" | "overcommitted" | "bloat" | "insufficient";
  /** that it leaks (probability, 0 to 1) */
  leak_odds: number;
}

/** An object that every path passes: cut it and the object goes. */
export interface Dominator {
  /** what it is called: Array (3,902) */
  object: string;
  /** its address, V8: @ and its id; null: a root */
  address: string | null;
  /** its class */
  class: string;
  /** what it keeps alive (bytes) */
  retained_bytes: number;
}

/** What happened from one dump to the next. */
export interface DumpInterval {
  /** objects in both */
  same: number;
  /** objects only in the later one */
  born: number;
  /** objects only in the earlier one */
  died: number;
  /** in both, but of another object now */
  addresses_reused: number;
  /** of the same: certain */
  matched_by_generation: number;
  /** of the same: nearly certain */
  matched_by_content: number;
  /** of the same: likely */
  matched_by_address_and_class: number;
}

/** What the reader saw of a dump. */
export interface DumpRead {
  /** Ruby heap dump, V8 heap snapshot... */
  format: string;
  /** of the dump, after decompression (bytes) */
  content_bytes: number;
  /** of the dump */
  lines: number;
  /** broken by the runtime's own bugs, and read */
  repaired_lines: number;
  /** left out */
  damaged_lines: number;
  /** records left out: a second one of these */
  duplicate_addresses: number;
  /** left out: they lead to no object */
  dangling_references: number;
}

/** A text that is there more than once. */
export interface DuplicateString {
  /** strings with this text */
  copies: number;
  /** of all of them (bytes) */
  bytes: number;
  /** of all but one of them (bytes) */
  wasted_bytes: number;
  /** of the text (bytes) */
  length_bytes: number;
  /** the address of one */
  example: string;
  /** its first bytes, escaped as in the dump; null: not asked for */
  preview: string | null;
}

/** Texts that are there more than once. */
export interface DuplicateStrings {
  /** how many there are; the heaviest are known one by one */
  texts: number;
  /** of all copies but one of each (bytes) */
  wasted_bytes: number;
  /** how many there are, listed or not */
  rows_total: number;
  /** most waste first */
  rows: DuplicateString[];
}

/** What an earlier run found. */
export interface EarlierRun {
  /** its report.json */
  file: string;
  /** in a word */
  outcome: "leak" | "thread_growth" | "native_growth" | "levels_off" | "bloat" | "steady" | "not_enough" | null;
  /** what was kept (bytes for each 1,000 requests) */
  growth_bytes_per_1000_requests: Estimate;
  /** of the app at rest, at the end (bytes) */
  level_bytes: number;
  /** the most that was seen (bytes) */
  peak_bytes: number;
  /** requests answered in a second (a second) */
  answered_per_second: number;
  /** 99 of 100 answers took so long at most (seconds) */
  p99_seconds: number;
}

/** What a request to an endpoint costs, measured in a fresh process. */
export interface Endpoint {
  /** method and path: GET /search?q={a,b} */
  endpoint: string;
  /** why it could not be measured */
  failure: string | null;
  /** that were answered between the first and the last look */
  requests: number;
  /** live bytes that stay after each; null: no heap could be taken (bytes for each request) */
  kept_bytes_per_request: Estimate | null;
  /** Node.js: by sampling (bytes for each request) */
  allocated_bytes_per_request: number | null;
  /** Ruby: as Ruby counts them (for each request) */
  allocated_objects_per_request: number | null;
  /** of the app at rest, after its first requests (bytes) */
  memory_before_bytes: number;
  /** at rest, after the last one (bytes) */
  memory_after_bytes: number;
  /** the most under load (bytes) */
  memory_peak_bytes: number;
  /** what was sent */
  load: Load;
}

/** What growth keeps pace with. */
export interface EndpointOfGrowth {
  /** null: the clock; no endpoint explains it better */
  endpoint: string | null;
  /** among what was tried (probability, 0 to 1) */
  probability: number;
  /** of this endpoint (bytes for each 1,000 requests) */
  bytes_per_1000_requests: number;
}

/** An endpoint that ran whenever memory jumped. */
export interface EndpointOfJumps {
  /** for instance GET /users/:id */
  endpoint: string;
  /** in whose interval it ran: all there are */
  jumps: number;
  /** that this is chance, over all endpoints (probability, 0 to 1) */
  chance: number;
}

/** Which endpoints memory grows with, where they are told apart. */
export interface Endpoints {
  /** endpoints (time, ISO 8601, UTC) */
  looked_at: number;
  /** least chance first, below 5 % */
  of_jumps: EndpointOfJumps[];
  /** most probable first, above 5 %; of a leak only */
  of_growth: EndpointOfGrowth[];
}

/** Why there is no answer. */
export interface Error {
  /** io, not_a_dump, damaged, too_large, not_found, usage, cancelled or unsupported */
  code: string;
  /** one sentence */
  message: string;
  /** the file that it is about; - is standard input */
  file: string | null;
  /** where in it, after decompression (bytes) */
  offset_bytes: number | null;
  /** what to do next */
  hint: string | null;
}

/** A number that was inferred, in the unit that the field's name says. */
export interface Estimate {
  /** the best guess */
  value: number;
  /** the lower end of the interval that holds it in 19 of 20 cases */
  low: number;
  /** the upper end */
  high: number;
}

/** The fitted curve over one life, or over a part of it. */
export interface FittedCurve {
  /** in order of time */
  points: CurvePoint[];
}

/** Memory as it was measured, beside the model that was fitted. */
export interface FittedPoint {
  /** since the life began (seconds) */
  age_seconds: number;
  /** the highest so far, measured (bytes) */
  highest_bytes: number;
  /** the same, by the model */
  expected: LevelBand;
}

/** Memory that was measured, and how well requests explain it. */
export interface FittedSeries {
  /** of the series */
  name: string;
  /** of the whole server before the first request (bytes) */
  base_bytes: number;
  /** peaks as fitted, over those given (share of 1) */
  given_peaks_share: number;
  /** in all (a second) */
  requests_per_second: number;
  /** that stay behind: not explained by requests (bytes an hour) */
  growth_bytes_per_hour: number;
  /** half of the points are closer, of their level (share of 1) */
  median_error_share: number;
  /** of the variance (share of 1) */
  explained_share: number;
  /** of the points, between 5 and 95 % of the model (share of 1) */
  inside_band_share: number;
  /** what keeps the fit from saying more */
  notes: string[];
  /** measured and fitted */
  points: FittedPoint[];
}

/** Where memory will be at mean traffic. */
export interface ForecastPoint {
  /** when (time, ISO 8601, UTC) */
  at: string;
  /** the floor of it (bytes) */
  bytes: number;
  /** the lower end of the interval (bytes) */
  low_bytes: number;
  /** the upper end (bytes) */
  high_bytes: number;
}

/** Garbage of one class. */
export interface GarbageGroup {
  /** what the group stands for: a place, a package, a class...; null: not recorded */
  label: string | null;
  /** of groups by site or class */
  class: string | null;
  /** the runtime's name of it, of groups by site, class or type */
  type: string | null;
  /** how many */
  objects: number;
  /** of these (bytes) */
  bytes: number;
}

/** What is garbage, by class. */
export interface GarbageGroups {
  /** how many there are, listed or not */
  rows_total: number;
  /** most bytes first */
  rows: GarbageGroup[];
  /** the sum of those that are not among the rows */
  others: GarbageSum;
}

/** Garbage of the classes that are not listed. */
export interface GarbageSum {
  /** how many classes */
  groups: number;
  /** how many */
  objects: number;
  /** of these (bytes) */
  bytes: number;
}

/** The groups of a table that are not listed. */
export interface GroupSum {
  /** how many */
  groups: number;
  /** how many */
  objects: number;
  /** of these (bytes) */
  bytes: number;
  /** of these: classes, methods, compiled code, the virtual machine's own */
  program_objects: number;
  /** of these (bytes) */
  program_bytes: number;
}

/** A table for each way to group that was asked for. */
export interface GroupTables {
  /** the line that allocated an object, with class and type */
  site: HeapGroups | null;
  /** class and type */
  class: HeapGroups | null;
  /** the runtime's basic types */
  type: HeapGroups | null;
  /** the package whose file allocated it */
  gem: HeapGroups | null;
  /** the method that allocated it */
  method: HeapGroups | null;
  /** the file that allocated it */
  file: HeapGroups | null;
}

/** The growth beside what may be. */
export interface GrowthComparison {
  /** the earlier run; null: a limit alone was asked for */
  before: EarlierRun | null;
  /** that may be kept (bytes for each 1,000 requests) */
  limit_bytes_per_1000_requests: number;
  /** the whole interval of the growth lies above */
  exceeded: boolean;
}

/** Live heap after collections, of the same processes. */
export interface HeapBeside {
  /** what it adds to the verdict */
  says: "nothing_yet" | "agrees" | "objects_leak" | "growth_is_outside";
  /** memory alone would not have said so */
  decided: boolean;
  /** on the heap alone */
  verdict: "steady" | "warming" | "leak" | "overcommitted" | "bloat" | "insufficient";
  /** of objects (bytes) */
  now_bytes: number;
  /** of the heap (bytes an hour) */
  growth_bytes_per_hour: Estimate;
  /** that objects leak (probability, 0 to 1) */
  leak_probability: number;
}

/** Objects of one site, class, type, package, method or file. */
export interface HeapGroup {
  /** what the group stands for: a place, a package, a class...; null: not recorded */
  label: string | null;
  /** of groups by site or class */
  class: string | null;
  /** the runtime's name of it, of groups by site, class or type */
  type: string | null;
  /** how many */
  objects: number;
  /** of these (bytes) */
  bytes: number;
  /** of these: classes, methods, compiled code, the virtual machine's own */
  program_objects: number;
  /** of these (bytes) */
  program_bytes: number;
  /** of the heap's bytes (share of 1) */
  share: number;
  /** of these: no root reaches them; null: the dump has no roots, as for the rest */
  garbage_objects: number | null;
  /** of these (bytes) */
  garbage_bytes: number | null;
  /** what the members keep alive, each byte once (bytes) */
  retained_bytes: number | null;
  /** of all that is reachable (share of 1) */
  retained_share: number | null;
}

/** A table; its rows and the others are the whole heap. */
export interface HeapGroups {
  /** how many there are, listed or not */
  rows_total: number;
  /** in the order that was asked for */
  rows: HeapGroup[];
  /** the sum of those that are not among the rows */
  others: GroupSum;
}

/** All of a heap, but for what the measuring takes. */
export interface HeapTotals {
  /** how many */
  objects: number;
  /** of these (bytes) */
  bytes: number;
  /** of these: classes, methods, compiled code, the virtual machine's own */
  program_objects: number;
  /** of these (bytes) */
  program_bytes: number;
  /** from object to object */
  references: number;
  /** with a recorded place or age */
  traced_objects: number;
}

/** Memory over time of one thing, and what it shows. */
export interface JudgedSeries {
  /** web.1, puma[4711]; may be empty */
  name: string;
  /** what the bytes count */
  memory: "resident_and_swap" | "resident" | "proportional_and_swap" | "control_group" | "heap_after_collection" | "private";
  /** what memory is doing */
  verdict: "steady" | "warming" | "leak" | "overcommitted" | "bloat" | "insufficient";
  /** that this verdict is the right one (probability, 0 to 1) */
  confidence: number;
  /** from the first sample to the last, of production time (hours) */
  hours: number;
  /** how many */
  samples: number;
  /** median of the last minutes (bytes) */
  now_bytes: number;
  /** that may be used (bytes) */
  quota_bytes: number | null;
  /** how often */
  killed_out_of_memory: number;
  /** null: not enough data */
  conclusion: Conclusion | null;
  /** which of them memory grows with */
  endpoints: Endpoints;
  /** in order of time */
  lives: Life[];
  /** in order of time */
  jumps: Jump[];
  /** in order of time */
  events: MemoryEvent[];
  /** the samples, at most 400 pieces of the same length of time */
  memory_over_time: MemoryPiece[];
  /** what the curves were fitted to */
  floor: CurvePoint[];
  /** the best curve over each fitted life */
  fitted: FittedCurve[];
  /** from now on */
  forecast: ForecastPoint[];
}

/** Memory that came at once. */
export interface Jump {
  /** when (time, ISO 8601, UTC) */
  at: string;
  /** when it was gone, or its life ended (time, ISO 8601, UTC) */
  end_at: string;
  /** how much (bytes) */
  bytes: number;
  /** until its life ended */
  stayed: boolean;
}

/** One of the largest objects. */
export interface LargeObject {
  /** what it is called: Array (3,902) */
  object: string;
  /** its address, V8: @ and its id */
  address: string | null;
  /** its class */
  class: string;
  /** the runtime's own name of its kind: ARRAY, closure */
  type: string;
  /** what it takes itself (bytes) */
  bytes: number;
  /** what it keeps alive; null: it is garbage, or the dump has no roots (bytes) */
  retained_bytes: number | null;
  /** the nearest object without which it would go; null: there is no single one */
  held_by: string | null;
  /** its address; null: a root */
  held_by_address: string | null;
}

/** The largest objects, as many as --limit says. */
export interface LargestObjects {
  /** by what they take themselves (bytes) */
  by_bytes: LargeObject[];
  /** by what they keep alive: data that is not the main content of another (bytes) */
  by_retained_bytes: LargeObject[];
}

/** How long answered requests took; to 1.6 %. */
export interface Latency {
  /** half took so long at most (seconds) */
  p50_seconds: number;
  /** 9 of 10 (seconds) */
  p90_seconds: number;
  /** 99 of 100 (seconds) */
  p99_seconds: number;
  /** 999 of 1,000 (seconds) */
  p999_seconds: number;
  /** the longest (seconds) */
  max_seconds: number;
}

/** Objects of one type that one line allocated. */
export interface LeakedObjects {
  /** how many */
  objects: number;
  /** Ruby's name of it */
  type: string;
  /** length of strings and symbols (bytes) */
  content_bytes: number;
  /** memsize (bytes) */
  bytes: number;
  /** where they were allocated; null: not recorded */
  file: string | null;
  /** in that file; null: not recorded */
  line: number | null;
}

/** The highest memory so far, as expected at a time. */
export interface LevelBand {
  /** since the begin (seconds) */
  seconds: number;
  /** 1 in 20 are below (bytes) */
  p5_bytes: number;
  /** half are below (bytes) */
  median_bytes: number;
  /** 19 in 20 are below (bytes) */
  p95_bytes: number;
}

/** Levels that the highest memory stays below, with their chances. */
export interface LevelSpread {
  /** 1 in 20 stay below (bytes) */
  p5_bytes: number;
  /** half stay below (bytes) */
  median_bytes: number;
  /** 19 in 20 stay below (bytes) */
  p95_bytes: number;
}

/** A new highest level. */
export interface LevelStep {
  /** since the begin (seconds) */
  seconds: number;
  /** the level (bytes) */
  bytes: number;
}

/** From one restart to the next. */
export interface Life {
  /** its first sample (time, ISO 8601, UTC) */
  begin_at: string;
  /** its last (time, ISO 8601, UTC) */
  end_at: string;
  /** how it began */
  start: "first_sample" | "restart" | "deploy" | "out_of_memory" | "inferred";
  /** the curves were fitted to it */
  fitted: boolean;
  /** at its end, median of the last tenth (bytes) */
  end_bytes: number;
}

/** Requests that were sent, and what came back. */
export interface Load {
  /** requests */
  sent: number;
  /** of them, with a whole response, whatever its status */
  answered: number;
  /** of them, without one: refused, broken, timed out */
  failed: number;
  /** of all responses, without their heads (bytes) */
  body_bytes: number;
  /** in which load was sent (seconds) */
  load_seconds: number;
  /** requests answered in a second (a second) */
  answered_per_second: number;
  /** how long answers took */
  latency: Latency;
  /** of the responses */
  statuses: StatusCount[];
  /** why requests failed */
  faults: LoadFault[];
}

/** Why requests were not answered. */
export interface LoadFault {
  /** what happened */
  fault: string;
  /** to how many */
  requests: number;
}

/** A measurement, the app at rest. */
export interface MeasuredPoint {
  /** when (time, ISO 8601, UTC) */
  measured_at: string;
  /** answered until then */
  requests: number;
  /** of the whole app (bytes) */
  memory_bytes: number;
  /** of the process whose heap is taken (bytes) */
  process_bytes: number;
  /** Node.js: of that, V8's heap with what is free in it (bytes) */
  v8_pages_bytes: number | null;
  /** of that process */
  threads: number;
  /** live objects; null: no heap was taken (bytes) */
  live_bytes: number | null;
  /** how many */
  live_objects: number | null;
  /** of the live bytes: classes, compiled code, the runtime's own (bytes) */
  program_bytes: number | null;
  /** the heap's file in the folder; null: none, or not kept */
  dump: string | null;
}

/** A run of the app under load. */
export interface MeasuredRun {
  /** Ruby 3.1.2; null: neither Ruby nor Node.js */
  program: string | null;
  /** of the process */
  title: string;
  /** that it listens on */
  port: number;
  /** allocations were traced: memory and pace are not its own */
  traced: boolean;
  /** concluded from what there was */
  interrupted: boolean;
  /** how the app ended by itself; null: it did not */
  ended: string | null;
  /** before the first measurement */
  warmup_requests: number;
  /** what the measurements say */
  conclusion: ReproduceConclusion;
  /** what was sent */
  load: Load;
  /** the measurements, after the warm-up */
  points: MeasuredPoint[];
  /** null: too short for one */
  curve: CurveVerdict | null;
  /** places that hold more at each dump, most suspicious first; null: fewer than two dumps */
  suspects: Suspect[] | null;
  /** how many it gains; null: it is not known (for each request) */
  first_suspect_members_per_request: number | null;
  /** null: there are none */
  new_threads: NewThreads | null;
  /** loaded by the process, beside the runtime's own */
  native_modules: string[];
  /** what did not go as planned, in sentences */
  notes: string[];
}

/** What was read of the workers that run. */
export interface MeasuredWorkers {
  /** of the server, shared pages counted once (bytes) */
  total_bytes: number;
  /** of that, all that is not a worker's own (bytes) */
  shared_bytes: number;
  /** that it shares with nobody, on average (bytes) */
  private_bytes_per_worker: number;
  /** what adding up resident memory says; null: not known (bytes) */
  resident_bytes_summed: number | null;
}

/** A place in code that members come from. */
export interface MemberPlace {
  /** file and line as far as they are known: app/models/user.rb:19 */
  site: string;
  /** the file */
  file: string | null;
  /** the line, from 1 */
  line: number | null;
  /** the column, from 1 */
  column: number | null;
  /** the method */
  method: string | null;
  /** the line of code, where its file is at hand */
  source: string | null;
  /** how many members were allocated, or are defined, there */
  objects: number;
}

/** Something that happened to what is measured. */
export interface MemoryEvent {
  /** when (time, ISO 8601, UTC) */
  at: string;
  /** what */
  kind: "restart" | "deploy" | "out_of_memory" | "over_quota" | "timeout" | "scaled";
  /** v212, Error R14 (Memory quota exceeded); may be empty */
  detail: string;
}

/** What neighbouring samples have in common. */
export interface MemoryPiece {
  /** the first of them (time, ISO 8601, UTC) */
  begin_at: string;
  /** the last (time, ISO 8601, UTC) */
  end_at: string;
  /** how many */
  samples: number;
  /** of all of them (bytes) */
  mean_bytes: number;
  /** the least of them (bytes) */
  low_bytes: number;
  /** the most (bytes) */
  high_bytes: number;
}

/** Threads that came during the run. */
export interface NewThreads {
  /** that most of them have */
  name: string;
  /** how many have it */
  count: number;
}

/** What to know of an answer although it is sound. */
export interface Notice {
  /** for programs; stays as it is while the message may be reworded */
  code: string;
  /** one sentence */
  message: string;
  /** the file that it is about */
  file: string | null;
  /** where in it, after decompression (bytes) */
  offset_bytes: number | null;
  /** what to do next */
  hint: string | null;
}

/** An object of a heap. */
export interface ObjectRef {
  /** what it is called: Array (3,902) */
  object: string;
  /** its address, V8: @ and its id; null: a root */
  address: string | null;
  /** its class */
  class: string;
}

/** A step of a path from a root to an object. */
export interface PathStep {
  /** what the reference to it is called: @store, element */
  edge: string | null;
  /** what it is called: Array (3,902) */
  object: string;
  /** its address, V8: @ and its id; null: a root */
  address: string | null;
  /** its class */
  class: string;
  /** the runtime's own name of its kind: ARRAY, closure */
  type: string;
  /** what kind of thing it is */
  role: "root" | "object" | "struct" | "array" | "map" | "string" | "number" | "class" | "data" | "code" | "internal";
  /** where it was allocated, or defined */
  site: string | null;
}

/** What would be gained by halving the peaks of an endpoint. */
export interface PeakCut {
  /** that gains most */
  endpoint: string;
  /** the plateau afterwards (bytes) */
  median_bytes: number;
}

/** Something that a pool has done or noticed, and why. */
export interface PoolDecision {
  /** when (time, ISO 8601, UTC) */
  decided_at: string;
  /** what, and why */
  text: string;
}

/** A worker process that a pool keeps. */
export interface PoolWorker {
  /** of the worker; none is given twice */
  number: number;
  /** its process */
  pid: number;
  /** how far it is in its life */
  state: "starting" | "serving" | "draining" | "stopping" | "killed";
  /** since it was started (seconds) */
  age_seconds: number;
  /** its proportional memory, swap included; null: not read yet (bytes) */
  memory_bytes: number | null;
  /** what its end would free; null: not read yet (bytes) */
  unique_bytes: number | null;
  /** of its memory since it was warm; null: flat, or not known (bytes an hour) */
  growth_bytes_per_hour: number | null;
  /** the part of tidemark in the app has reported: it drains before it ends, and counts */
  drains: boolean;
  /** that it has served; null: it does not report */
  requests: number | null;
  /** requests begun and not finished; null: it does not report */
  busy: number | null;
  /** connections accepted and not begun; null: it does not report */
  waiting: number | null;
  /** by which its event loop is late; null: it does not report (milliseconds) */
  event_loop_lag_milliseconds: number | null;
  /** processors in use (processor cores) */
  cpu_cores: number;
  /** until it is predicted to take --max-memory, 0 when it does; null: not in sight (seconds) */
  seconds_to_limit: number | null;
  /** why it is to go; null: it is not */
  retiring: string | null;
}

/** A live process of Ruby or Node.js. What is null was not looked at, or is not known. */
export interface Process {
  /** its number, as this machine counts */
  pid: number;
  /** the number of the process that started it */
  parent: number;
  /** its number in its own pid namespace: a container's */
  pid_inside: number | null;
  /** a short name: of the folder that it runs in, or its own */
  app: string | null;
  /** its command line or the title that it gave itself, secrets hidden */
  command: string;
  /** what runs in it */
  runtime: "ruby" | "node";
  /** of the runtime */
  version: string | null;
  /** its memory, as `ps` counts it (RSS) (bytes) */
  resident_bytes: number;
  /** pages of V8's heap; null for Ruby (bytes) */
  v8_heap_bytes: number | null;
  /** how many it has */
  threads: number | null;
  /** since it was started (seconds) */
  uptime_seconds: number;
  /** it runs in a container, seen from here */
  other_namespaces: boolean | null;
}

/** What a walk from the roots finds. */
export interface Reachability {
  /** from the roots */
  reachable: Amount;
  /** not reachable: the next full collection frees it */
  garbage: Amount;
  /** of the reachable: what a thread's stack alone holds, perhaps a stale address */
  from_stacks_only: Amount;
}

/** Objects of one class that refer to it in one way. */
export interface Referrer {
  /** their class */
  class: string;
  /** what the reference is called: @store, element; empty: not known */
  as: string;
  /** how many */
  objects: number;
  /** how often they refer to it */
  references: number;
  /** the address of one */
  example: string | null;
}

/** What the measurements of a run say. */
export interface ReproduceConclusion {
  /** in a word */
  outcome: "leak" | "thread_growth" | "native_growth" | "levels_off" | "bloat" | "steady" | "not_enough";
  /** more requests would hardly change it */
  clear: boolean;
  /** from live objects; else from memory of the process alone */
  by_heap: boolean;
  /** what is kept, by the measure that the outcome rests on (bytes for each 1,000 requests) */
  growth_bytes_per_1000_requests: Estimate;
  /** a leak this large would have shown (bytes for each 1,000 requests) */
  least_leak_bytes_per_1000_requests: number;
  /** live objects; null: no heaps */
  heap: RequestGrowth | null;
  /** of them the app's own: no classes, compiled code, nor the runtime's; null: no heaps */
  heap_without_program: RequestGrowth | null;
  /** of the whole app */
  memory: RequestGrowth | null;
  /** of the process, without its heap */
  outside_heap: RequestGrowth | null;
  /** of the process */
  threads: ThreadGrowth;
  /** of the app at rest, at the end (bytes) */
  level_bytes: number;
  /** the most that was seen (bytes) */
  peak_bytes: number;
  /** processes that shared the work */
  workers: number;
  /** of the app's memory, for each (bytes) */
  bytes_per_worker: number;
}

/** How much more there is with each request, by a line. */
export interface RequestGrowth {
  /** measurements that it is made of */
  points: number;
  /** the line's slope (bytes for each 1,000 requests) */
  growth_bytes_per_1000_requests: Estimate;
  /** from the first measurement to the last (bytes) */
  total_bytes: number;
  /** the pace of the last half, to that of the whole (share of 1) */
  pace_kept_share: number;
  /** of the total, what one step added at most (share of 1) */
  largest_step_share: number;
  /** steps that went up by more than the noise */
  rises: number;
  /** standard deviation of one measurement, as found (bytes) */
  noise_bytes: number;
}

/** A way from a root to the object. */
export interface RetainingPath {
  /** how many have the same names, this example included */
  paths: number;
  /** found on the stack: may hold it by accident */
  conservative: boolean;
  /** from the root to the object */
  steps: PathStep[];
}

/** When the rise of the expected memory, the median, is done. */
export interface Rise {
  /** until half of it is (seconds) */
  seconds_to_50_percent: number;
  /** until nine tenths of it are (seconds) */
  seconds_to_90_percent: number;
  /** until nearly all of it is (seconds) */
  seconds_to_99_percent: number;
}

/** One capture of a series. */
export interface SeriesCapture {
  /** where it is */
  path: string;
  /** when (time, ISO 8601, UTC) */
  taken_at: string;
  /** memory of the process then (RSS) (bytes) */
  resident_bytes: number;
  /** that it takes where it is (bytes) */
  stored_bytes: number;
}

/** The run at a time of its chart. */
export interface SimulatedMoment {
  /** since the begin (seconds) */
  seconds: number;
  /** the most that requests held since the moment before; null: nothing happened (bytes) */
  held_bytes: number | null;
  /** of the server (bytes) */
  memory_bytes: number;
  /** of the highest so far: 1 in 20 below (bytes) */
  expected_p5_bytes: number;
  /** half below (bytes) */
  expected_median_bytes: number;
  /** 19 in 20 below (bytes) */
  expected_p95_bytes: number;
  /** held by each thread; empty where not every request was kept (bytes) */
  thread_bytes: number[];
}

/** One run, to look at. */
export interface SimulatedRun {
  /** its highest memory (bytes) */
  highest_bytes: number;
  /** its memory at the end (bytes) */
  end_bytes: number;
  /** its highest, if all threads were in one heap (bytes) */
  one_heap_bytes: number;
  /** its highest, if each thread kept its own (bytes) */
  each_alone_bytes: number;
  /** until the quota was passed; null: it was not (seconds) */
  seconds_to_quota: number | null;
  /** when it ended (seconds) */
  seconds: number;
  /** served */
  requests: number;
  /** simulated */
  events: number;
  /** processes that were replaced */
  replaced_processes: number;
  /** of a request, for a thread (seconds) */
  mean_wait_seconds: number;
  /** each time that it rose */
  highest_so_far: LevelStep[];
}

/** Many runs: the spread of what can happen. */
export interface SimulatedRuns {
  /** runs */
  count: number;
  /** of them, that passed the quota */
  over_quota: number;
  /** simulated in all */
  events: number;
  /** of their highest memory */
  spread: LevelSpread;
  /** of each, the lowest first (bytes) */
  highest_bytes: number[];
}

/** The server that was simulated, and what it is asked. */
export interface SimulatedServer {
  /** that serve */
  processes: number;
  /** of each process */
  threads: number;
  /** who keeps freed memory for the next request */
  freed_memory_kept_by: "heap" | "arenas" | "none";
  /** with a high-water mark of their own */
  heaps_per_process: number;
  /** of a process before any request (bytes) */
  base_bytes: number;
  /** shared by all processes (bytes) */
  shared_bytes: number;
  /** that each request leaves behind (bytes for each request) */
  leak_bytes_per_request: number;
  /** of freed memory that goes back to the system (share of 1) */
  gives_back_share: number;
  /** that may be used; null: none was said (bytes) */
  quota_bytes: number | null;
  /** how requests come */
  arrivals: "back_to_back" | "at_a_rate" | "replay";
  /** served in all, when it keeps up (a second) */
  requests_per_second: number;
  /** of the time that a thread is busy (share of 1) */
  busy_share: number;
  /** that a request takes (seconds) */
  mean_request_seconds: number;
}

/** A setting, and what is to be expected of it. */
export interface SizingCell {
  /** processes that serve */
  workers: number;
  /** of each */
  threads: number;
  /** its plateau: the highest memory between restarts (bytes) */
  median_bytes: number;
  /** 19 in 20 stay below (bytes) */
  p95_bytes: number;
  /** to pass the quota between restarts (probability, 0 to 1) */
  over_quota_odds: number;
  /** to pass the quota less what is to stay free (probability, 0 to 1) */
  over_headroom_odds: number;
  /** of the time that a thread is busy (share of 1) */
  busy_share: number;
  /** for a thread; null: more comes than can be served (seconds) */
  mean_wait_seconds: number | null;
  /** by its odds */
  fits: boolean;
  /** the requests that come */
  serves: boolean;
  /** no other one that fits needs less memory and waits less */
  worthwhile: boolean;
}

/** Slots of one size, of which the runtime makes objects. */
export interface SlotUse {
  /** the size of one (bytes) */
  slot_bytes: number;
  /** slots */
  used: number;
  /** slots */
  free: number;
}

/** How many responses had a status. */
export interface StatusCount {
  /** of HTTP: 200 */
  status: number;
  /** how many had it */
  responses: number;
}

/** New and stayed: not in the first dump, in the last, and with three dumps or more in one between. */
export interface StayedObjects {
  /** how many */
  objects: number;
  /** of these (bytes) */
  bytes: number;
  /** what they keep alive, each byte once; null: not asked for, or without roots (bytes) */
  retained_bytes: number | null;
}

/** A place in the heap that holds more than it should, or only seems to. */
export interface Suspect {
  /** the same for the same leak in another dump */
  signature: string;
  /** what speaks for or against it */
  judgement: "grows" | "survivors_of_every_age" | "held" | "level" | "bounded" | "made_once";
  /** how its members are held */
  kind: "collection" | "chain" | "large_object" | "scattered" | "detached";
  /** a member, as a developer calls it */
  name: string;
  /** the members' class; null: one object is large by itself */
  class: string | null;
  /** other classes that grow in the same place */
  also: string[];
  /** how many */
  members: number;
  /** members at each dump; empty for a single dump */
  counts: number[];
  /** of members and what is below them, at each dump (bytes) */
  bytes: number[];
  /** from the first dump to the last (bytes) */
  growth_bytes: number | null;
  /** the same by time; null: the dumps' times are not known (bytes an hour) */
  growth_bytes_per_hour: number | null;
  /** what a fix frees (bytes) */
  retained_bytes: number;
  /** what each member by itself keeps alive, added up (bytes) */
  retained_bytes_at_least: number;
  /** what a fix frees, of all that is reachable (share of 1) */
  retained_share: number;
  /** when members were allocated */
  ages: "unknown" | "every_age" | "young_only" | "old_only" | "mixed";
  /** who holds them; null: they are held from several places */
  holder: SuspectHolder | null;
  /** a member; of what is large by itself, that */
  example: ObjectRef;
  /** from the root to the holder, or else to the example */
  path: PathStep[];
  /** the way to the bulk of the example; may be empty */
  content: PathStep[];
  /** what the example keeps alive (bytes) */
  content_bytes: number;
  /** where members were allocated or are defined, most first */
  places: MemberPlace[];
  /** what usually ends such a growth */
  advice: string | null;
}

/** The object that holds a suspect's members. */
export interface SuspectHolder {
  /** what it is called: Array (3,902) */
  object: string;
  /** its address, V8: @ and its id; null: a root */
  address: string | null;
  /** its class */
  class: string;
  /** as a developer calls it: of a table, the collection it is part of */
  name: string;
  /** where it was allocated; V8: where it is defined */
  place: CodePlace | null;
}

/** How many more threads there are with each request, by a line. */
export interface ThreadGrowth {
  /** measurements that it is made of */
  points: number;
  /** the line's slope (for each 1,000 requests) */
  growth_per_1000_requests: Estimate;
  /** from the first measurement to the last */
  total: number;
  /** the pace of the last half, to that of the whole (share of 1) */
  pace_kept_share: number;
  /** steps with more threads at their end */
  rises: number;
}

/** A worker that another has taken the place of. */
export interface WorkerReplacement {
  /** when it was over (seconds) */
  seconds_ago: number;
  /** the number of the worker that went */
  old: number;
  /** the number of the worker in its place */
  new: number;
  /** why */
  reason: string;
  /** of the old worker (seconds) */
  life_seconds: number;
  /** by the old worker's end; null: not known (bytes) */
  freed_bytes: number | null;
  /** that the new one takes when it is warm; null: not known (bytes) */
  new_bytes: number | null;
}

/** How many workers of the measured size fit in some memory. */
export interface WorkersInMemory {
  /** that there is (bytes) */
  memory_bytes: number;
  /** that fit, with a twentieth to spare */
  workers: number;
}

/** How many processes share the work, and how many could. */
export interface WorkersThatFit {
  /** workers that run; null: not known */
  now: number | null;
  /** workers that fit into 95 % of the quota */
  fit: number | null;
  /** what a worker has for itself (bytes) */
  bytes_each: number | null;
  /** what all workers are taken to share (bytes) */
  shared_bytes: number | null;
  /** workers were killed before anybody saw where they settle */
  plateau_is_a_lower_bound: boolean;
  /** single workers that were killed near the quota */
  killed: number;
}

/** Whether a Ruby process keeps where objects are made. */
export interface AllocationTracingDocument {
  schema: "tidemark.allocation_tracing/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** the process */
  pid: number;
  /** as it is now */
  on: boolean;
  /** as it was before */
  was_on: boolean;
}

/** A capture that was taken: where it is and what it cost. */
export interface CaptureDocument {
  schema: "tidemark.capture/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** where it is */
  path: string;
  /** when it was begun (time, ISO 8601, UTC) */
  taken_at: string;
  /** the machine's name */
  host: string;
  /** what was captured, as it was before */
  process: Process;
  /** what was taken */
  kind: "heap" | "gc_stats" | "alloc_profile" | "alloc_timeline" | "cpu_profile";
  /** how */
  method: "fork" | "injection" | "inspector" | "rbtrace" | "preload";
  /** garbage was collected before */
  collected_first: boolean;
  /** what was done to the contents of strings */
  redacted: "off" | "drop" | "salt";
  /** captures of this kind hold contents of strings where they are not redacted */
  holds_contents: boolean;
  /** that the process wrote (bytes) */
  bytes: number;
  /** that were stored, compressed or not (bytes) */
  stored_bytes: number;
  /** that all of it took (seconds) */
  seconds: number;
  /** the longest time that the process did nothing; null: not known (milliseconds) */
  pause_milliseconds: number | null;
  /** the longest time that it stood still under ptrace; null: it did not (milliseconds) */
  stopped_milliseconds: number | null;
  /** until a good moment came, the process running (milliseconds) */
  waited_milliseconds: number;
  /** memory that the copy took of its own; null: there was none (bytes) */
  copy_peak_bytes: number | null;
  /** an object has the same id in all captures of this process */
  ids_comparable: boolean;
  /** which one it is of a series, from 1 */
  number: number;
  /** how many the series is to have */
  count: number;
}

/** What a capture would take; nothing was touched. */
export interface CapturePlanDocument {
  schema: "tidemark.capture_plan/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** what would be captured */
  process: Process;
  /** what would be taken */
  kind: "heap" | "gc_stats" | "alloc_profile" | "alloc_timeline" | "cpu_profile";
  /** of the method to be used; null: there is none for this runtime */
  outlook: CaptureOutlook | null;
  /** what may still be taken */
  memory: CaptureMemory;
  /** what was looked at */
  checks: CaptureCheck[];
  /** for a heap, the gentlest first */
  methods: CaptureOutlook[];
  /** why it would not be taken; null: it would */
  refused: Error | null;
}

/** Captures of one process, taken one after the other. */
export interface CaptureSeriesDocument {
  schema: "tidemark.capture_series/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** as it was before the last one */
  process: Process;
  /** what was taken */
  kind: "heap" | "gc_stats" | "alloc_profile" | "alloc_timeline" | "cpu_profile";
  /** in the order in which they were taken */
  captures: SeriesCapture[];
}

/** The Comparison view of Chrome DevTools for two V8 heap snapshots. */
export interface DevtoolsComparisonDocument {
  schema: "tidemark.devtools_comparison/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** how many there are, listed or not */
  constructors_total: number;
  /** with any change, most new bytes first */
  constructors: ComparedConstructor[];
}

/** What is new in later dumps of one process, and stayed. */
export interface DiffDocument {
  schema: "tidemark.diff/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** false: the dumps share hardly any object, so only the counts mean anything */
  comparable: boolean;
  /** objects have numbers (V8), not addresses (Ruby) */
  numbered: boolean;
  /** what a group is */
  by: "site" | "class" | "type" | "gem" | "method" | "file" | "generation";
  /** only groups that contain this text; empty: all */
  filter: string;
  /** where the hours come from */
  times_from: "unknown" | "request" | "files";
  /** in the order of time */
  dumps: ComparedDump[];
  /** between each dump and the next */
  intervals: DumpInterval[];
  /** new and stayed, of all groups */
  stayed: StayedObjects;
  /** came after the first dump, gone in the last */
  churned_objects: number;
  /** stayed_bytes of all groups that grow or are new, listed or not (bytes) */
  growing_bytes: number;
  /** how many there are, listed or not */
  groups_total: number;
  /** those that grow, are new, fluctuate, are bounded; of each at most as many as --limit says */
  groups: ChangedGroup[];
}

/** The Ruby and Node.js processes of this machine. */
export interface DoctorDocument {
  schema: "tidemark.doctor/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** those that this user may look at, the largest first, parents of others last */
  processes: Process[];
}

/** What can be captured of a process, by which method, at what price, and what stands in the way. */
export interface DoctorTargetDocument {
  schema: "tidemark.doctor_target/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** the one that was examined */
  process: Process;
  /** all that the target names; the first is the one that was examined */
  candidates: Process[];
  /** what may still be taken */
  memory: CaptureMemory;
  /** what was looked at */
  checks: CaptureCheck[];
  /** for a heap, the gentlest first */
  methods: CaptureOutlook[];
  /** that a capture of the heap would take; null: none is possible */
  best_method: "fork" | "injection" | "inspector" | "rbtrace" | "preload" | null;
}

/** What a request to each endpoint costs in memory. */
export interface EndpointsDocument {
  schema: "tidemark.endpoints/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** with the app's output and this document */
  folder: string;
  /** the rest was not measured */
  interrupted: boolean;
  /** most kept bytes first, then most at the peak */
  endpoints: Endpoint[];
}

/** Any command that fails under --format json. */
export interface ErrorDocument {
  schema: "tidemark.error/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** what went wrong */
  error: Error;
}

/** Whether an app leaks under load, and who holds what it keeps. */
export interface ReproduceDocument {
  schema: "tidemark.reproduce/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** that started the app; none: it ran already */
  command: string[];
  /** where the run left its files */
  folder: string;
  /** in the folder: dumps and reports */
  files: string[];
  /** Ruby 3.1.2; null: neither Ruby nor Node.js */
  program: string | null;
  /** of the process */
  title: string;
  /** that it listens on */
  port: number;
  /** allocations were traced: memory and pace are not its own */
  traced: boolean;
  /** concluded from what there was */
  interrupted: boolean;
  /** how the app ended by itself; null: it did not */
  ended: string | null;
  /** before the first measurement */
  warmup_requests: number;
  /** what the measurements say */
  conclusion: ReproduceConclusion;
  /** what was sent */
  load: Load;
  /** the measurements, after the warm-up */
  points: MeasuredPoint[];
  /** null: too short for one */
  curve: CurveVerdict | null;
  /** places that hold more at each dump, most suspicious first; null: fewer than two dumps */
  suspects: Suspect[] | null;
  /** how many it gains; null: it is not known (for each request) */
  first_suspect_members_per_request: number | null;
  /** null: there are none */
  new_threads: NewThreads | null;
  /** loaded by the process, beside the runtime's own */
  native_modules: string[];
  /** what did not go as planned, in sentences */
  notes: string[];
  /** Ruby: a second run with allocation tracing, for the lines of code */
  traced_run: MeasuredRun | null;
  /** memory that there is; null: not known (bytes) */
  quota_bytes: number | null;
  /** workers in the quota, or in sizes that platforms sell */
  fits: WorkersInMemory[];
  /** null: nothing to compare with was asked for */
  comparison: GrowthComparison | null;
}

/** Why an object is alive. */
export interface RetainersDocument {
  schema: "tidemark.retainers/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** what it is called: Array (3,902) */
  object: string;
  /** its address, V8: @ and its id; null: a root */
  address: string | null;
  /** its class */
  class: string;
  /** the runtime's own name of its kind: ARRAY, closure */
  type: string;
  /** named by its class: of how many it is the one that retains most */
  chosen_of: number | null;
  /** where it was allocated, or defined */
  place: CodePlace | null;
  /** what it takes itself (bytes) */
  bytes: number;
  /** what it keeps alive (bytes) */
  retained_bytes: number;
  /** garbage collections before it was allocated */
  generation: number | null;
  /** false: the next garbage collection frees it */
  reachable: boolean;
  /** V8: steps from the program's roots, as DevTools counts */
  distance: number | null;
  /** of a string: its beginning */
  text: string | null;
  /** all of the text is there */
  text_is_whole: boolean;
  /** what holds it, the shortest first */
  paths: RetainingPath[];
  /** the search for paths gave up: there may be more */
  search_limited: boolean;
  /** no path was found but through the class of an instance */
  only_through_classes: boolean;
  /** what every path passes, from the root to the object */
  dominators: Dominator[];
  /** how many lead to it */
  references: number;
  /** how many objects refer to it */
  referring_objects: number;
  /** how many there are, listed or not */
  referrers_total: number;
  /** who refers to it, most references first */
  referrers: Referrer[];
}

/** What memory does when threads serve requests. */
export interface SimulateDocument {
  schema: "tidemark.simulate/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** of the run */
  seed: number;
  /** simulated (seconds) */
  seconds: number;
  /** what was simulated */
  server: SimulatedServer;
  /** levels by the law of the high-water mark; else counted over the runs */
  by_law: boolean;
  /** memory within the time */
  highest: LevelSpread;
  /** if all threads were in one heap: the maximum of the sum */
  one_heap: LevelSpread;
  /** if each kept its own: the sum of the maxima */
  each_alone: LevelSpread;
  /** how fast it comes */
  rise: Rise;
  /** of the quota; null: there is none */
  crossing: Crossing | null;
  /** the highest so far, over time */
  expected: LevelBand[];
  /** one run to look at */
  run: SimulatedRun;
  /** how many there are, listed or not */
  moments_total: number;
  /** that run over time; what --format csv has */
  moments: SimulatedMoment[];
  /** more runs; null: none were needed */
  runs: SimulatedRuns | null;
  /** what the server was fitted to; null: nothing */
  fit: FittedSeries | null;
}

/** How many workers and threads fit into a quota. */
export interface SizeDocument {
  schema: "tidemark.size/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** that may be used (bytes) */
  quota_bytes: number;
  /** whose quota it is; null: of no dyno */
  dyno: string | null;
  /** at which the platform kills (bytes) */
  kill_bytes: number;
  /** of the quota, to keep free (share of 1) */
  headroom_share: number;
  /** between restarts (seconds) */
  seconds: number;
  /** what kind it is */
  app: "ruby" | "node";
  /** that run now; null: not known */
  workers: number | null;
  /** of each, now */
  threads: number;
  /** that come in all, at the busy time (a second) */
  requests_per_second: number;
  /** of a worker before any request (bytes) */
  base_bytes: number;
  /** by all workers (bytes) */
  shared_bytes: number;
  /** what was measured, and what was taken to be so */
  known: string[];
  /** how good it is */
  certainty: "high" | "medium" | "low" | "as_given";
  /** why */
  certainty_reason: string;
  /** memory was not seen to settle */
  plateau_is_a_lower_bound: boolean;
  /** null: nothing was read of the workers themselves */
  measured: MeasuredWorkers | null;
  /** the present setting; null: not known */
  now: SizingCell | null;
  /** the setting to take; null: none fits and serves */
  recommended: SizingCell | null;
  /** the same if each thread keeps what it freed; null: it has one thread */
  recommended_with_default_arenas: SizingCell | null;
  /** what to set for it */
  settings: string[];
  /** with the threads of now */
  workers_that_fit: number;
  /** for the present setting, or the least one (bytes) */
  quota_needed_bytes: number;
  /** the smallest with that quota; null: none */
  dyno_needed: string | null;
  /** for one worker with one thread (bytes) */
  least_quota_bytes: number;
  /** the endpoint to make smaller; null: none gains anything */
  cut_first: PeakCut | null;
  /** how many there are, listed or not */
  table_total: number;
  /** all settings, by workers, then threads */
  table: SizingCell[];
}

/** A running `tidemark run`: its workers and what it decided last. */
export interface StatusDocument {
  schema: "tidemark.status/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** of the pool: --name, or its port */
  name: string;
  /** that starts a worker, or the server */
  command: string;
  /** of tidemark */
  pid: number;
  /** where it is served */
  port: number;
  /** the server keeps its own workers */
  external: boolean;
  /** which web server it is */
  server: string;
  /** of tidemark (seconds) */
  uptime_seconds: number;
  /** as asked for */
  min_workers: number;
  /** as asked for */
  max_workers: number;
  /** that the load asks for */
  wanted_workers: number;
  /** of one worker, beyond which it is replaced; null: no limit (bytes) */
  max_memory_bytes: number | null;
  /** connections that wait to be accepted; null: the socket is not tidemark's */
  queue: number | null;
  /** how many can; null likewise */
  queue_limit: number | null;
  /** clients whose last bytes are not answered; a lower bound */
  clients_waiting: number;
  /** served by all workers there have been, where they report */
  requests: number;
  /** of all together, as the quota counts it (bytes) */
  memory_bytes: number;
  /** null: there is none (bytes) */
  quota_bytes: number | null;
  /** until it is predicted to be used up, 0 when it is; null: not in sight (seconds) */
  seconds_to_quota: number | null;
  /** proportional memory of tidemark itself (bytes) */
  tidemark_bytes: number;
  /** since the beginning */
  workers_started: number;
  /** since the beginning */
  workers_replaced: number;
  /** that ended unasked */
  workers_crashed: number;
  /** replacing workers has not helped, and is left be for a while */
  replacing_is_useless: boolean;
  /** until it is tried again; null: it is not paused (seconds) */
  replacing_paused_seconds: number | null;
  /** those there are */
  workers: PoolWorker[];
  /** the last replacements, the latest at the end */
  recycles: WorkerReplacement[];
  /** the last ones, the latest at the end */
  decisions: PoolDecision[];
}

/** What is in a heap. */
export interface SummaryDocument {
  schema: "tidemark.summary/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** of the dump: its path, #2 for a further one of a stream */
  name: string;
  /** what the reader saw */
  read: DumpRead;
  /** objects have numbers (V8), not addresses (Ruby) */
  numbered: boolean;
  /** it says of objects where they were allocated or defined */
  has_sites: boolean;
  /** the tables that were asked for alone; empty: everything */
  by: ("site" | "class" | "type" | "gem" | "method" | "file" | "generation")[];
  /** the order of groups */
  sort: "count" | "bytes" | "retained";
  /** rows of groups that contain this text alone; empty: all */
  filter: string;
  /** no rows of groups that are of the program alone */
  data_only: boolean;
  /** all of it */
  heap: HeapTotals;
  /** what the measuring itself takes; in no other number */
  measuring: Amount;
  /** null: the dump has no roots */
  reachability: Reachability | null;
  /** where the dump tells of free ones */
  slots: SlotUse[];
  /** by what objects are or come from */
  groups: GroupTables;
  /** by age; null: not asked for */
  generations: Ages | null;
  /** null: not asked for, or without roots */
  garbage_by_class: GarbageGroups | null;
  /** null: not asked for */
  duplicate_strings: DuplicateStrings | null;
  /** null: not asked for */
  collections: CollectionSpace | null;
  /** null: not asked for */
  largest: LargestObjects | null;
}

/** What probably leaks, who holds it, and what a fix frees; what only looks like it. */
export interface SuspectsDocument {
  schema: "tidemark.suspects/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** their names, in the order of time */
  dumps: string[];
  /** of each dump since the first; empty: not known (hours) */
  hours: number[];
  /** all that is reachable in the last dump (bytes) */
  reachable_bytes: number;
  /** how many objects that is */
  reachable_objects: number;
  /** of these, what allocation tracing itself takes (bytes) */
  tracing_bytes: number;
  /** the last dump says where objects were allocated */
  traced: boolean;
  /** places are where something is defined, not where it was allocated */
  places_are_code: boolean;
  /** how many there are, listed or not */
  suspects_total: number;
  /** most suspicious first */
  suspects: Suspect[];
  /** how many there are, listed or not */
  cleared_total: number;
  /** bounded: their members are replaced */
  cleared: Suspect[];
  /** how many there are, listed or not */
  large_total: number;
  /** large, but made once or not growing */
  large: Suspect[];
  /** places that gained next to nothing, in none of the lists */
  minor: number;
}

/** What is in the second dump, at an address that the first has not and the third has; nothing but addresses is compared. */
export interface ThreeDumpMethodDocument {
  schema: "tidemark.three_dump_method/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** of all of them, listed or not (bytes) */
  content_bytes: number;
  /** memsize of all of them, listed or not (bytes) */
  bytes: number;
  /** how many there are, listed or not */
  leaked_total: number;
  /** by type, file and line; most objects first */
  leaked: LeakedObjects[];
}

/** What memory over time is doing, and why we think so. */
export interface VerdictDocument {
  schema: "tidemark.verdict/2";
  /** "tidemark 0.1.0" */
  tool: string;
  /** time, ISO 8601, UTC */
  generated_at: string;
  /** what to know of this answer although it is sound */
  notices: Notice[];
  /** what was judged: a path, a URL, a process */
  input: string;
  /** the series that matters most: its place in `series`, from 0 */
  worst: number;
  /** what is worth doing next */
  next_step: "try_allocator" | "take_dumps" | "take_dump_after_jump" | "look_at_picture";
  /** each with its verdict */
  series: JudgedSeries[];
}

export type TidemarkDocument =
  | AllocationTracingDocument
  | CaptureDocument
  | CapturePlanDocument
  | CaptureSeriesDocument
  | DevtoolsComparisonDocument
  | DiffDocument
  | DoctorDocument
  | DoctorTargetDocument
  | EndpointsDocument
  | ErrorDocument
  | ReproduceDocument
  | RetainersDocument
  | SimulateDocument
  | SizeDocument
  | StatusDocument
  | SummaryDocument
  | SuspectsDocument
  | ThreeDumpMethodDocument
  | VerdictDocument;
