#!/usr/bin/env bash
# Runs one model, the article's with 10 threads of 1,000 requests each, in tidemark's simulator, in plain Ruby and in SimPy,
# one after the other, and prints requests a second of each. An event is the begin or the end of a request.
#
#   bench/simulate_rivals.sh [BENCH]     BENCH: build/release/simulate_bench (default)
#
# Installs python3-simpy3 where it is missing and may be installed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bench=${1-$here/../build/release/simulate_bench}

if ! /usr/bin/python3 -c 'import simpy' 2> /dev/null; then
  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends python3-simpy3 > /dev/null
fi

echo "tidemark (events a second; 10 threads):"
"$bench" --benchmark_filter='BM_Article/10$' --benchmark_min_time=1 2> /dev/null | grep BM_

echo "plain Ruby, event by event:"
ruby -e '
  threads = 10; requests = 1000
  random = Random.new(1)
  events = 0; highest = 0.0
  began = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
  state = Array.new(threads) { { at: random.rand(1..100), left: requests, slope: 0, start: 0, busy: false } }
  until (thread = state.select { |t| t[:left] > 0 }.min_by { |t| t[:at] }).nil?
    now = thread[:at]
    events += 1
    if thread[:busy]
      total = state.sum { |t| t[:busy] ? t[:slope] * (now - t[:start]) : 0 }
      highest = total if total > highest
      thread[:busy] = false
      thread[:left] -= 1
      thread[:at] = now + random.rand(1..100) + random.rand(1..100)
    else
      thread[:busy] = true
      thread[:start] = now
      thread[:slope] = random.rand(1..4)
      thread[:at] = now + random.rand(10..100) - 1
    end
  end
  seconds = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - began
  printf("  %.2f M events/s, highest %d units\n", events / seconds / 1e6, highest)
'

echo "SimPy:"
/usr/bin/python3 - << 'PYTHON'
import random
import time

import simpy

THREADS, REQUESTS = 10, 1000
random.seed(1)
state = [(0, 0)] * THREADS  # slope and start
highest = 0
events = 0


def serve(env, number):
    global highest, events
    yield env.timeout(random.randint(1, 100))
    for _ in range(REQUESTS):
        events += 2
        state[number] = (random.randint(1, 4), env.now)
        yield env.timeout(random.randint(10, 100) - 1)
        total = sum(slope * (env.now - start) for slope, start in state)
        highest = max(highest, total)
        state[number] = (0, 0)
        yield env.timeout(random.randint(1, 100) + random.randint(1, 100))


began = time.process_time()
env = simpy.Environment()
for number in range(THREADS):
    env.process(serve(env, number))
env.run()
seconds = time.process_time() - began
print(f"  {events / seconds / 1e6:.2f} M events/s, highest {highest} units")
PYTHON
