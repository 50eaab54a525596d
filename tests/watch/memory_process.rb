# A process whose memory does what it is told: leak, flat or bloat. Ends by itself.
mode = ARGV.fetch(0)
kept = []
ring = Array.new(4000) { "r" * 2000 }
started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
loop do
  age = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
  exit if age > 120
  100.times { |i| ring[rand(ring.size)] = "s" * (1000 + i * 10) }
  # By the clock, so that a busy machine does not bend the line.
  kept << "k" * 2000 while mode == "leak" && kept.size < 6000 * age
  kept << "b" * 120_000_000 if mode == "bloat" && age > 14 && kept.empty?
  sleep 0.02
end
