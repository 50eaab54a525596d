# frozen_string_literal: true

# An app whose requests have known sizes and times, for fit_live.py. A request of a kind grows to a
# random peak, in ten steps over its time, and frees it all at its end. What it took, as a part of what
# it should have taken, goes to the file FIT_TIMES: on a busy machine it is more.
KINDS = { # seconds, MB from and to
  'light' => [0.03, 1, 3], 'medium' => [0.08, 5, 11], 'heavy' => [0.25, 24, 48]
}.freeze
STEPS = 10
PIECE = 16_384 # bytes; small, so that all of it comes from malloc's heap

TIMES = File.open(ENV.fetch('FIT_TIMES', File::NULL), 'a').tap { |file| file.sync = true }

def now
  Process.clock_gettime(Process::CLOCK_MONOTONIC)
end

run(lambda do |env|
  begun = now
  seconds, least, most = KINDS[env['PATH_INFO'].delete('/')]
  if seconds
    pieces = (rand(least.to_f..most.to_f) * 1e6 / PIECE / STEPS).round
    held = []
    STEPS.times do
      pieces.times { held << ('x' * PIECE) }
      sleep(seconds / STEPS)
    end
    held.each(&:clear)
    TIMES.write("#{seconds} #{now - begun}\n")
  end
  [200, { 'content-type' => 'text/plain' }, ["ok\n"]]
end)
