#!/usr/bin/env ruby
# frozen_string_literal: true

# The well-known three-dump method ("detect-leaks"), as a reference for results and as a rival for speed.
#
#   ruby bench/three_dump_diff.rb FIRST SECOND THIRD
#
# The method was made popular by a post on Skylight's blog, "What I Learned About Hunting Memory Leaks in Ruby 2.1",
# and lives on in many small scripts. They agree on what follows, and so does this one:
#
# 1. A record is one line, parsed as JSON. Records without "address" (type ROOT) are left out; every other record
#    counts, whatever its type: IMEMO, SHAPE (Ruby 3.2 and later) and NONE (dumps made with full: true) too.
# 2. Leaked are the records OF THE SECOND DUMP whose address, compared as a string, is not in the first dump and is in
#    the third. Nothing but the address is compared. Two records of one address in the second dump count twice.
# 3. They are grouped by (type, file, line), each as it stands in the second dump; a missing file or line is a value
#    of its own. The class is not looked at.
# 4. One line for each group:
#        Leaked COUNT TYPE objects of size BYTESIZE/MEMSIZE at: FILE:LINE
#    COUNT is the number of records. BYTESIZE is the sum of "bytesize": the content of strings and symbols, and 0 for
#    anything else and for shared strings, which do not state it. MEMSIZE is the sum of "memsize", and 0 where that is
#    missing. A missing FILE or LINE prints as nothing, so that untraced objects stand "at: :".
# 5. The groups are sorted by COUNT alone, largest first. The scripts leave the order of equal counts to Array#sort;
#    with the stable merge sort of glibc up to 2.36 that is the order of the first record of each group in the second
#    dump, which is what this one always gives.
# 6. Last come two empty lines and, even when there are no groups,
#        Total Size: BYTESIZE/MEMSIZE
#    with the sums over all groups.
#
# One difference: at a line that is not valid JSON the scripts stop with an exception. This one leaves the line out,
# says on stderr how many there were, and its exit status is 1.

require "json"
require "set"

# Sums over the records of one (type, file, line).
Group = Struct.new(:type, :file, :line, :count, :bytesize, :memsize) do
  def add(record)
    self.count += 1
    self.bytesize += record["bytesize"] || 0
    self.memsize += record["memsize"] || 0
  end

  def to_s
    "Leaked #{count} #{type} objects of size #{bytesize}/#{memsize} at: #{file}:#{line}"
  end
end

class ThreeDumpDiff
  attr_reader :unreadable

  def initialize
    @unreadable = 0
  end

  def groups(first, second, third)
    known = addresses(first)
    kept = addresses(third)
    found = {}
    each_record(second) do |address, record|
      next if known.include?(address) || !kept.include?(address)

      key = record.values_at("type", "file", "line")
      (found[key] ||= Group.new(*key, 0, 0, 0)).add(record)
    end
    found.values.sort_by.with_index { |group, position| [-group.count, position] }
  end

  private

  def addresses(path)
    set = Set.new
    each_record(path) { |address, _| set << address }
    set
  end

  def each_record(path)
    File.foreach(path, encoding: "UTF-8") do |line|
      record = JSON.parse(line)
      address = record["address"] if record
      yield address, record if address
    rescue JSON::ParserError
      @unreadable += 1
    end
  end
end

abort "Usage: three_dump_diff.rb FIRST SECOND THIRD" unless ARGV.size == 3

diff = ThreeDumpDiff.new
groups = diff.groups(*ARGV)
puts groups
puts "\n\nTotal Size: #{groups.sum(&:bytesize)}/#{groups.sum(&:memsize)}"
unless diff.unreadable.zero?
  warn "three_dump_diff.rb: left out #{diff.unreadable} lines that are not valid JSON"
  exit 1
end
