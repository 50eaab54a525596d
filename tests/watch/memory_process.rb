# A process whose memory does what it is told: leak, flat, bloat, or native_leak, which the collector
# does not know of. Says when it begins, and ends by itself.
require "fiddle"
mode = ARGV.fetch(0)
kept = []
ring = Array.new(4000) { "r" * 2000 }
page = "n" * 400_000
puts "ready"
$stdout.flush
started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
loop do
  age = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
  exit if age > 120
  100.times { |i| ring[rand(ring.size)] = "s" * (1000 + i * 10) }
  # By the clock, so that a busy machine does not bend the line.
  kept << "k" * 2000 while mode == "leak" && kept.size < 6000 * age
  if mode == "native_leak" && kept.size < 30 * age
    kept << Fiddle.malloc(page.size)
    Fiddle::Pointer.new(kept.last)[0, page.size] = page
  end
  kept << "b" * 120_000_000 if mode == "bloat" && age > 14 && kept.empty?
  sleep 0.02
end
