#!/usr/bin/env ruby
# frozen_string_literal: true

# Runs a command and appends what it cost to a file, as "wall_seconds user_seconds peak_megabytes status":
#
#   ruby --disable-gems bench/measure.rb RESULT_FILE COMMAND [ARGUMENT...]
#
# The command's output goes nowhere. Peak memory is ru_maxrss of wait4(2), which Linux does not reset when a process
# becomes another program, so that no command seems smaller than this script: under 10 MB. Needs 64-bit Linux.

require "fiddle"

# struct rusage of 64-bit Linux: two timevals (user, system), then ru_maxrss in KiB; 144 bytes in all.
RUSAGE_BYTES = 144
USER_SECONDS, USER_MICROSECONDS, MAXRSS = 0, 1, 4

def wait4(pid)
  status = Fiddle::Pointer.malloc(Fiddle::SIZEOF_INT, Fiddle::RUBY_FREE)
  usage = Fiddle::Pointer.malloc(RUSAGE_BYTES, Fiddle::RUBY_FREE)
  function = Fiddle::Function.new(Fiddle::Handle::DEFAULT["wait4"],
                                  [Fiddle::TYPE_INT, Fiddle::TYPE_VOIDP, Fiddle::TYPE_INT, Fiddle::TYPE_VOIDP], Fiddle::TYPE_INT)
  until function.call(pid, status, 0, usage) == pid
    # A signal to this script ends the call early; its handler has run by now.
    raise SystemCallError.new("wait4", Fiddle.last_error) unless Fiddle.last_error == Errno::EINTR::Errno
  end
  [status[0, Fiddle::SIZEOF_INT].unpack1("i"), usage[0, RUSAGE_BYTES].unpack("q*")]
end

result, *command = ARGV
abort "Usage: measure.rb RESULT_FILE COMMAND [ARGUMENT...]" if command.empty?

started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
pid = Process.spawn(*command, in: File::NULL, out: File::NULL)
# Interrupted, this script must not leave the command running: it may be one that takes minutes.
%w[INT TERM HUP].each { |signal| trap(signal) { Process.kill(:TERM, pid) } }
status, usage = wait4(pid)
wall = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started

# As a shell states it: the exit status, or 128 and the signal.
signal = status & 0x7f
code = signal.zero? ? status >> 8 : 128 + signal
user = usage[USER_SECONDS] + usage[USER_MICROSECONDS] / 1e6
File.open(result, "a") { |file| file.puts format("%.3f %.3f %.0f %d", wall, user, usage[MAXRSS] / 1024.0, code) }
