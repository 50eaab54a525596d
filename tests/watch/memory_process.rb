# A process whose memory does what it is told: leak, native (a leak outside of all objects), flat or
# bloat. Ends by itself.
require "fiddle"

mode = ARGV.fetch(0)
kept = []
taken = 0
ring = Array.new(4000) { "r" * 2000 }
started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
loop do
  age = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
  exit if age > 120
  100.times { |i| ring[rand(ring.size)] = "s" * (1000 + i * 10) }
  # By the clock, so that a busy machine does not bend the line.
  kept << "k" * 2000 while mode == "leak" && kept.size < 6000 * age
  while mode == "native" && taken < 300 * age
    Fiddle::Pointer.new(Fiddle.malloc(40_000))[0, 40_000] = "n" * 40_000
    taken += 1
  end
  kept << "b" * 120_000_000 if mode == "bloat" && age > 14 && kept.empty?
  sleep 0.02
end
