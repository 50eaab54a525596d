# frozen_string_literal: true

# `tidemark run` beside the same servers unmanaged, Passenger and puma_worker_killer, in one run.
#
#   ruby bench/supervise/compare.rb TIDEMARK replace [N]      replacements under load: what is lost
#   ruby bench/supervise/compare.rb TIDEMARK speed [ROUNDS]   requests a second, interleaved rounds
#   ruby bench/supervise/compare.rb TIDEMARK leak [SECONDS [PICTURE.svg]]   an hour of a leaky app, in SECONDS (240)
#   ruby bench/supervise/compare.rb TIDEMARK flood [SECONDS]     four times that leak: who keeps up (80)
#
# `leak` stands for an hour of a typical app: as many requests as 21 a second are in an hour, each of
# which leaves 16 kB behind, come in SECONDS, and what tidemark and puma_worker_killer do by the clock
# (how often they look, how far ahead, how long workers live at least) is as many times as fast.
#
# Needs Debian's puma, unicorn, nodejs, wrk, passenger, ruby-puma-worker-killer.
require 'fileutils'
require 'net/http'
require 'socket'
require 'tmpdir'

HERE = __dir__
TESTS = File.expand_path('../../tests/supervise', HERE)
TIDEMARK = File.expand_path(ARGV.fetch(0))
PUMA = ['puma', '-t', '5:5', '--silent'].freeze

def free_port
  server = TCPServer.new('127.0.0.1', 0)
  server.addr[1]
ensure
  server.close
end

def up?(port)
  Net::HTTP.start('127.0.0.1', port, open_timeout: 1, read_timeout: 2) { |http| http.get('/').code == '200' }
rescue SystemCallError, IOError, Net::OpenTimeout, Net::ReadTimeout
  false
end

# Starts a command, waits until it answers, yields the pid, ends it.
def with_server(port, env, command, log = File::NULL)
  pid = spawn(env.merge('PORT' => port.to_s), *command, chdir: HERE, out: log, err: log, pgroup: true)
  300.times { break if up?(port) || sleep(0.1).nil? }
  raise "#{command.join(' ')} does not answer" unless up?(port)

  yield pid
ensure
  begin
    Process.kill('TERM', -pid)
    200.times { break if Process.wait(pid, Process::WNOHANG) || sleep(0.1).nil? }
    Process.kill('KILL', -pid)
  rescue Errno::ESRCH, Errno::ECHILD
    nil
  end
end

def wrk(port, path, seconds, header: nil, clients: 32)
  command = ['wrk', '-t1', "-c#{clients}", "-d#{seconds}s", '--timeout', '10s']
  command += ['-H', header] if header
  text = IO.popen([*command, "http://127.0.0.1:#{port}#{path}"], &:read)
  errors = text[/Socket errors:.*/].to_s.scan(/\d+/).sum(&:to_i) + text[/Non-2xx.*?(\d+)/, 1].to_i
  { rate: text[/Requests\/sec:\s+([\d.]+)/, 1].to_f, total: text[/(\d+) requests in/, 1].to_i, errors: }
end

def proportional(pid)
  File.read("/proc/#{pid}/smaps_rollup")[/^Pss:\s+(\d+)/, 1].to_i * 1024
rescue SystemCallError
  0
end

def family(pid)
  children = Hash.new { |hash, key| hash[key] = [] }
  Dir.glob('/proc/[0-9]*/stat').each do |file|
    stat = File.read(file)
    children[stat[/\) \S (\d+)/, 1].to_i] << stat.to_i
  rescue SystemCallError
    next
  end
  found = [pid]
  found.each { |one| found.concat(children[one]) }
end

# By title, for what has left its family: Passenger's agents and apps.
def named(title)
  Dir.glob('/proc/[0-9]*/cmdline').filter_map do |file|
    File.dirname(file)[/\d+/].to_i if File.read(file).include?(title)
  rescue SystemCallError
    nil
  end
end

# Replaces all workers over and over until `wanted` have been, under load.
def replace(wanted)
  puts 'server      clients     requests  replaced  lost'
  [['puma', [*PUMA, '-b', 'tcp://127.0.0.1:%<port>d', 'app.ru']], ['node', ['node', "#{TESTS}/app.js"]],
   ['unicorn', ['unicorn', '-l', '127.0.0.1:%<port>d', 'app.ru']]].each do |name, command|
    [['keep-alive', nil], ['close', 'Connection: close']].each do |clients, header|
      port = free_port
      log = File.join(Dir.tmpdir, "tidemark-bench-#{port}.log")
      run = [TIDEMARK, 'run', '--host', '127.0.0.1', '--min', '2', '--min-life', '0', '--pause', '0', '--']
      totals = { total: 0, errors: 0 }
      with_server(port, {}, run + command.map { |word| format(word, port:) }, log) do |pid|
        while File.read(log).scan('has ended').size < wanted
          load = Thread.new { wrk(port, '/', 10, header:) }
          while load.alive?
            Process.kill('HUP', pid)
            sleep 0.5
          end
          totals.each_key { |key| totals[key] += load.value[key] }
        end
      end
      puts format('%-10s  %-10s  %8d  %8d  %4d', name, clients, totals[:total],
                  File.read(log).scan('has ended').size, totals[:errors])
      $stdout.flush
      File.delete(log)
    end
  end
end

# Two pumas on one inherited socket, and nobody who looks after them.
def bare_pool(port)
  socket = TCPServer.new('127.0.0.1', port)
  socket.listen(1024)
  pids = Array.new(2) do
    spawn({ 'LISTEN_FDS' => '1' }, 'sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh', *PUMA,
          '--bind-to-activated-sockets', 'only', 'app.ru',
          3 => socket, chdir: HERE, out: File::NULL, err: File::NULL)
  end
  100.times { break if up?(port) || sleep(0.1).nil? }
  sleep 1
  yield pids
ensure
  pids.each { |pid| Process.kill('TERM', pid) }
  pids.each { |pid| Process.wait(pid) }
  socket.close
end

def passenger(port, *more)
  ['passenger', 'start', '--engine', 'builtin', '--address', '127.0.0.1', '--port', port.to_s,
   '--environment', 'production', '--rackup', 'app.ru', '--log-file', '/dev/null', '--pid-file',
   File.join(Dir.tmpdir, "passenger-#{port}.pid"), '--disable-turbocaching', *more]
end

def speed(rounds)
  cluster = ->(port) { [*PUMA, '-w', '2', '-b', "tcp://127.0.0.1:#{port}", 'app.ru'] }
  own = ->(port) { [*PUMA, '-b', "tcp://127.0.0.1:#{port}", 'app.ru'] }
  setups = {
    'puma cluster' => ->(port, &block) { with_server(port, {}, cluster.(port), &block) },
    'with tidemark' => lambda { |port, &block|
      with_server(port, {}, [TIDEMARK, 'run', '--external', '--', *cluster.(port)], &block)
    },
    '2 pumas' => ->(port, &block) { bare_pool(port, &block) },
    'tidemark pool' => lambda { |port, &block|
      with_server(port, {}, [TIDEMARK, 'run', '--host', '127.0.0.1', '--min', '2', '--', *own.(port)], &block)
    },
    'Passenger' => lambda { |port, &block|
      with_server(port, {}, passenger(port, '--min-instances', '2', '--max-pool-size', '2'), &block)
    }
  }
  results = Hash.new { |hash, key| hash[key] = [] }
  rounds.times do
    setups.each do |name, setup|
      port = free_port
      setup.call(port) do
        sleep 1
        ['/', '/wait'].each { |path| results[[name, path]] << wrk(port, path, 4, clients: 16)[:rate] }
      end
    end
  end
  median = ->(list) { list.sort[list.size / 2] }
  puts 'requests a second, median   trivial   waiting 5 ms'
  setups.each_key do |name|
    puts format('%-24s  %9d  %13d', name, median.(results[[name, '/']]), median.(results[[name, '/wait']]))
  end
  [['with tidemark', 'puma cluster'], ['tidemark pool', '2 pumas'], ['Passenger', 'tidemark pool']].each do |a, b|
    ratios = ['/', '/wait'].map { |path| median.(results[[a, path]].zip(results[[b, path]]).map { |x, y| x / y }) }
    puts format('%-24s  %9.2f  %13.2f   (median of the rounds\' ratios)', "#{a} / #{b}", *ratios)
  end
end

# Eight clients that keep their connections and count what they lose.
def clients(port, seconds)
  done = lost = 0
  Array.new(8) do
    Thread.new do
      until_time = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
      http = nil
      while Process.clock_gettime(Process::CLOCK_MONOTONIC) < until_time
        begin
          http ||= Net::HTTP.start('127.0.0.1', port, read_timeout: 10).tap { |one| one.max_retries = 0 }
          http.get('/leak').code == '200' ? done += 1 : lost += 1
        rescue SystemCallError, IOError, Net::OpenTimeout, Net::ReadTimeout
          lost += 1
          http = nil
        end
        sleep 0.02
      end
    end
  end.each(&:join)
  [done, lost]
end

LIMIT = 250 # MB, of all together

def leaky_setups
  cluster = ->(port, *more) { [*PUMA, '-w', '2', *more, '-b', "tcp://127.0.0.1:#{port}", 'app.ru'] }
  {
    'Puma alone' => ->(port) { cluster.(port) },
    'puma_worker_killer' => ->(port) { cluster.(port, '-C', 'killer.rb') },
    'Passenger' => lambda { |port|
      passenger(port, '--min-instances', '2', '--max-pool-size', '2', '--max-requests', '2000')
    },
    'tidemark' => lambda { |port|
      [TIDEMARK, 'run', '--external', '--quota', "#{LIMIT}MB", '--ahead', '10s', '--min-life', '5s', '--pause', '2s',
       '--sample', '1s', '--', *cluster.(port)]
    }
  }
end

# Runs one of them under load; prints a line, and gives [[seconds, MB], ...] and [answered, lost].
def leak_of(name, command, seconds, kilobytes)
  port = free_port
  samples = []
  done = nil
  env = { 'RAM_MB' => LIMIT.to_s, 'LEAK_KB' => kilobytes.to_s }
  with_server(port, env, command.(port)) do |pid|
    load = Thread.new { done = clients(port, seconds) }
    begun = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    while load.alive?
      pids = name == 'Passenger' ? named('Passenger') | family(pid) : family(pid)
      time = Process.clock_gettime(Process::CLOCK_MONOTONIC) - begun
      samples << [time, pids.sum { |one| proportional(one) } / 1e6]
      sleep 1
    end
    over = samples.count { |_, mb| mb > LIMIT } * 100 / samples.size
    puts format('%-20s  requests %6d  lost %4d  memory at most %5d MB, at the end %5d MB, over %d MB %3d %% of the time',
                name, *done, samples.map(&:last).max, samples.last.last, LIMIT, over)
    $stdout.flush
  end
  [samples, done]
end

def leak(seconds, picture)
  done = {}
  lines = leaky_setups.to_h do |name, command|
    samples, done[name] = leak_of(name, command, seconds, 16)
    [name, samples]
  end
  draw(lines, seconds, done, picture) if picture
end

def flood(seconds)
  leaky_setups.slice('puma_worker_killer', 'tidemark').each { |name, command| leak_of(name, command, seconds, 64) }
end

COLOURS = { 'Puma alone' => '#8a8f98', 'puma_worker_killer' => '#d95f02', 'Passenger' => '#7570b3',
            'tidemark' => '#0b7a4b' }.freeze

# Two and a half times the quota is as much as is shown: what leaves the picture says so at its edge.
def draw(lines, seconds, done, file)
  rate = done.values.sum(&:first) / done.size / 3600.0
  left, right, top, bottom = 64, 700, 74, 354
  most = [lines.values.flatten(1).map(&:last).max, 2.5 * LIMIT].min
  most = (most / 100.0).ceil * 100
  x = ->(time) { left + (right - left) * [time.to_f / seconds, 1].min }
  y = ->(mb) { bottom - (bottom - top) * mb / most }
  text = lambda { |at_x, at_y, words, anchor: 'start', fill: '#5c636b', size: 12, weight: 'normal'|
    format("<text x='%.1f' y='%.1f' text-anchor='%s' fill='%s' font-size='%d' font-weight='%s'>%s</text>",
           at_x, at_y, anchor, fill, size, weight, words)
  }
  svg = ["<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 940 420' font-family='sans-serif'>",
         "<rect width='940' height='420' fill='white'/>",
         text.(left, 30, 'An hour of an app that leaks 16 kB with each request', size: 18, fill: '#212529'),
         text.(left, 50, "#{rate.round} requests a second, two Puma workers, a quota of #{LIMIT} MB; " \
                         "all processes together (PSS); run #{(3600.0 / seconds).round} times as fast")]
  (0..most).step(100) do |mb|
    svg << format("<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#e4e7eb'/>", left, right, y.(mb), y.(mb))
    svg << text.(left - 8, y.(mb) + 4, "#{mb} MB", anchor: 'end')
  end
  (0..60).step(10) do |minute|
    at = x.(seconds * minute / 60.0)
    svg << format("<line x1='%.1f' x2='%.1f' y1='%d' y2='%d' stroke='#5c636b'/>", at, at, bottom, bottom + 5)
    svg << text.(at, bottom + 20, minute.to_s, anchor: 'middle')
  end
  svg << text.((left + right) / 2, bottom + 40, 'minutes of that hour', anchor: 'middle')
  svg << format("<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#cb181d' stroke-width='1.5' stroke-dasharray='6 4'/>",
                left, right, y.(LIMIT), y.(LIMIT))
  svg << text.(left + 6, y.(LIMIT) - 6, "quota #{LIMIT} MB", fill: '#cb181d')
  svg << "<clipPath id='frame'><rect x='#{left}' y='#{top}' width='#{right - left}' height='#{bottom - top}'/></clipPath>"
  lines.each do |name, samples|
    points = samples.map { |time, mb| format('%.1f,%.1f', x.(time), y.(mb)) }.join(' ')
    svg << "<polyline clip-path='url(#frame)' fill='none' stroke='#{COLOURS[name]}' stroke-width='#{name == 'tidemark' ? 2.6 : 1.8}' " \
           "stroke-linejoin='round' points='#{points}'/>"
  end
  labels(lines, y, top, bottom).each do |name, at|
    samples = lines[name]
    svg << format("<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='%s' stroke-width='3'/>", right + 10, right + 26, at - 4, at - 4,
                  COLOURS[name])
    svg << text.(right + 32, at, name, fill: COLOURS[name], size: 13, weight: name == 'tidemark' ? 'bold' : 'normal')
    svg << text.(right + 32, at + 15, "at most #{samples.map(&:last).max.round} MB; #{done[name].last} of #{done[name].first} lost", size: 11)
  end
  File.write(file, "#{svg.join("\n")}\n</svg>\n")
end

# A place for each name beside the end of its line, none on another.
def labels(lines, y, top, bottom)
  room = bottom - 14
  places = lines.map { |name, samples| [name, y.(samples.last.last).clamp(top + 8, room)] }.sort_by(&:last)
  places.reverse.map do |name, at|
    at = [at, room].min
    room = at - 36
    [name, at]
  end
end

case ARGV[1]
when 'replace' then replace(Integer(ARGV[2] || 100))
when 'speed' then speed(Integer(ARGV[2] || 5))
when 'leak' then leak(Integer(ARGV[2] || 240), ARGV[3])
when 'flood' then flood(Integer(ARGV[2] || 80))
else abort('replace, speed, leak or flood?')
end
