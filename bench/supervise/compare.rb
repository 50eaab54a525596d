# frozen_string_literal: true

# `tidemark run` beside the same servers unmanaged, Passenger and puma_worker_killer, in one run.
#
#   ruby bench/supervise/compare.rb TIDEMARK replace [N]      replacements under load: what is lost
#   ruby bench/supervise/compare.rb TIDEMARK speed [ROUNDS]   requests a second, interleaved rounds
#   ruby bench/supervise/compare.rb TIDEMARK leak [SECONDS] [PICTURE.svg]   a leak: memory and losses
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

def leak(seconds, picture)
  cluster = ->(port, *more) { [*PUMA, '-w', '2', *more, '-b', "tcp://127.0.0.1:#{port}", 'app.ru'] }
  limit = 250
  setups = {
    'Puma alone' => ->(port) { cluster.(port) },
    'puma_worker_killer' => ->(port) { cluster.(port, '-C', 'killer.rb') },
    'Passenger' => lambda { |port|
      passenger(port, '--min-instances', '2', '--max-pool-size', '2', '--max-requests', '2000')
    },
    'tidemark' => lambda { |port|
      [TIDEMARK, 'run', '--external', '--quota', "#{limit}MB", '--ahead', '10s', '--min-life', '5s', '--pause', '2s',
       '--', *cluster.(port)]
    }
  }
  lines = setups.to_h do |name, command|
    port = free_port
    samples = []
    with_server(port, { 'RAM_MB' => limit.to_s }, command.(port)) do |pid|
      done = nil
      load = Thread.new { done = clients(port, seconds) }
      begun = Time.now
      while load.alive?
                pids = name == 'Passenger' ? named('Passenger') | family(pid) : family(pid)
        samples << [Time.now - begun, pids.sum { |one| proportional(one) } / 1e6]
        sleep 1
      end
      puts format('%-20s  requests %6d  lost %4d  memory at most %4d MB, at the end %4d MB', name, *done,
                  samples.map(&:last).max, samples.last.last)
      $stdout.flush
    end
    [name, samples]
  end
  draw(lines, limit, seconds, picture) if picture
end

def draw(lines, limit, seconds, file)
  most = lines.values.flatten(1).map(&:last).max
  x = ->(time) { 60 + 620.0 * time / seconds }
  y = ->(mb) { 320 - 280.0 * mb / most }
  colours = %w[#888888 #d95f02 #7570b3 #1b9e77]
  svg = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 360" font-family="sans-serif" font-size="13">',
         '<rect width="860" height="360" fill="white"/>',
         "<line x1='60' x2='680' y1='#{y.(limit).round}' y2='#{y.(limit).round}' stroke='#cc0000' stroke-dasharray='4'/>",
         "<text x='690' y='#{y.(limit).round + 4}' fill='#cc0000'>quota #{limit} MB</text>"]
  lines.each_with_index do |(name, samples), i|
    points = samples.map { |time, mb| format('%.1f,%.1f', x.(time), y.(mb)) }.join(' ')
    svg << "<polyline fill='none' stroke='#{colours[i]}' stroke-width='2' points='#{points}'/>"
    svg << "<text x='690' y='#{60 + 20 * i}' fill='#{colours[i]}'>#{name}</text>"
  end
  svg << "<text x='60' y='345'>0 s</text><text x='640' y='345'>#{seconds} s</text>"
  svg << "<text x='5' y='#{y.(most).round + 4}'>#{most.round} MB</text></svg>"
  File.write(file, "#{svg.join("\n")}\n")
end

case ARGV[1]
when 'replace' then replace(Integer(ARGV[2] || 100))
when 'speed' then speed(Integer(ARGV[2] || 5))
when 'leak' then leak(Integer(ARGV[2] || 120), ARGV[3])
else abort('replace, speed or leak?')
end
