#!/usr/bin/env ruby
# frozen_string_literal: true

# Starts one of the example shops, sends it traffic, takes heap dumps on the way, and stops it again.
#
#   ruby examples/exercise.rb --app examples/ruby-leaky --out DIR --dumps 3 --requests 1200 --warmup 2500 --trace
#
# writes DIR/1.json after the warm-up and DIR/2.json, DIR/3.json after 1,200 more requests each.
#
# The traffic is the same in every run. Each request asks for something new, so the shop's statement cache, which
# holds 1,000, is full after 1,000 requests and from then on only changes its members. With --warmup 200 it fills
# between the first and the second dump.

require "fiddle"
require "fileutils"
require "net/http"
require "optparse"
require "tmpdir"

# A shop of its own, on a port that nobody else uses, for as long as the block runs.
class ShopProcess
  PR_SET_PDEATHSIG = 1
  START_SECONDS = 20
  STOP_SECONDS = 5

  attr_reader :pid, :port

  def self.run(...)
    shop = new(...)
    shop.start
    yield shop
  ensure
    shop&.stop
  end

  def initialize(app, dumps:, log:, trace:)
    @app = app
    @log = log
    # Port 0: the system picks a free one, and Puma says which.
    @environment = { "PORT" => "0", "HEAP_DUMPS" => dumps, "TRACE_ALLOCATIONS" => trace ? "1" : nil }
  end

  def start
    runner = Process.pid
    @pid = fork do
      ENV.update(@environment)
      die_with(runner)
      exec("puma", "-C", "config/puma.rb", chdir: @app, in: File::NULL, out: @log, err: %i[child out])
    rescue Errno::ENOENT => error
      File.write(@log, "#{error.message}: is Puma installed?\n")
      exit!(127)
    end
    @port = wait_for_port
  end

  def stop
    return unless @pid

    Process.kill(:TERM, @pid)
    (STOP_SECONDS * 20).times { return if gone? || !sleep(0.05) }
    Process.kill(:KILL, @pid)
    Process.wait(@pid)
  rescue Errno::ESRCH, Errno::ECHILD
    nil
  end

  def resident_megabytes
    File.read("/proc/#{@pid}/status")[/^VmRSS:\s+(\d+)/, 1].to_i / 1024
  end

  private

  # Even if the runner is killed with SIGKILL, when no handler of its own can run. Linux only; elsewhere the shop
  # is stopped on every other path all the same.
  def die_with(runner)
    prctl = Fiddle::Function.new(Fiddle::Handle::DEFAULT["prctl"], [Fiddle::TYPE_INT, Fiddle::TYPE_LONG], Fiddle::TYPE_INT)
    prctl.call(PR_SET_PDEATHSIG, Signal.list["TERM"])
    exit!(1) unless Process.ppid == runner
  rescue Fiddle::DLError
    nil
  end

  def wait_for_port
    (START_SECONDS * 20).times do
      text = File.exist?(@log) ? File.read(@log) : ""
      port = text[%r{Listening on http://127\.0\.0\.1:(\d+)}, 1]
      return port.to_i if port
      raise "the shop did not start:\n#{text}" if gone?

      sleep 0.05
    end
    raise "the shop did not start within #{START_SECONDS} s; see #{@log}"
  end

  # Once the process is reaped its number may go to another one, so it must not be signalled again.
  def gone?
    @pid = nil if @pid && Process.wait(@pid, Process::WNOHANG)
    @pid.nil?
  end
end

# One customer with one connection: enough load for a leak, and the same requests in the same order every time.
class Traffic
  PRODUCTS = 500

  attr_reader :sent

  def initialize(port)
    @sent = 0
    @http = Net::HTTP.new("127.0.0.1", port)
    @http.read_timeout = 120
    @http.start
  end

  def send_requests(count)
    count.times do
      number = @sent += 1
      expect(@http.get(path(number), "User-Agent" => "customer/#{number}", "Accept" => "text/html", "X-Request-Id" => "r#{number}"))
    end
  end

  def dump(name)
    expect(@http.post("/_heap?name=#{name}", ""))
  end

  def health
    expect(@http.get("/health")).body
  end

  private

  def path(number)
    number % 3 == 0 ? "/products/#{number / 3 % PRODUCTS + 1}?from=mail-#{number}" : "/search?q=lamp+no+#{number}&page=#{number % 7}"
  end

  def expect(response)
    return response if response.is_a?(Net::HTTPSuccess)

    raise "the shop answered #{response.code}: #{response.body}"
  end
end

def timed
  started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  yield
  format("%.1f s", Process.clock_gettime(Process::CLOCK_MONOTONIC) - started)
end

options = { app: File.join(__dir__, "ruby-leaky"), dumps: 3, requests: 1200, warmup: 2500, trace: false }
OptionParser.new do |parser|
  parser.banner = "Usage: exercise.rb --out DIR [options]"
  parser.on("--app DIR", "the example to run (ruby-leaky)") { |value| options[:app] = value }
  parser.on("--out DIR", "where to write 1.json, 2.json, ...") { |value| options[:out] = value }
  parser.on("--dumps N", Integer, "how many heap dumps (3)") { |value| options[:dumps] = value }
  parser.on("--requests N", Integer, "requests between two dumps (1200)") { |value| options[:requests] = value }
  parser.on("--warmup N", Integer, "requests before the first dump (2500)") { |value| options[:warmup] = value }
  parser.on("--trace", "record allocation sites") { options[:trace] = true }
end.parse!
abort "exercise.rb: needs --out; see --help" unless options[:out]
abort "exercise.rb: no config.ru in #{options[:app]}" unless File.exist?(File.join(options[:app], "config.ru"))

# Exit rather than die, so that the shop is stopped on the way out.
%w[INT TERM HUP].each { |signal| trap(signal) { exit(128 + Signal.list[signal]) } }
$stdout.sync = true

out = File.expand_path(options[:out])
FileUtils.mkdir_p(out)
begin
  Dir.mktmpdir("exercise") do |scratch|
    ShopProcess.run(options[:app], dumps: out, log: File.join(scratch, "puma.log"), trace: options[:trace]) do |shop|
      traffic = Traffic.new(shop.port)
      puts "started   #{File.basename(File.expand_path(options[:app]))}, pid #{shop.pid}, port #{shop.port}#{", allocations traced" if options[:trace]}"
      options[:dumps].times do |number|
        count = number.zero? ? options[:warmup] : options[:requests]
        puts "sent      #{count} requests in #{timed { traffic.send_requests(count) }}; #{shop.resident_megabytes} MB resident; #{traffic.health}"
        path = File.join(options[:out], "#{number + 1}.json")
        puts "dumped    #{path} in #{timed { traffic.dump(number + 1) }}; #{(File.size(path) / 1e6).round(1)} MB"
      end
    end
    puts "stopped"
  end
rescue StandardError => error
  abort "exercise.rb: #{error.message}"
end
