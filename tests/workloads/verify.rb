#!/usr/bin/env ruby
# frozen_string_literal: true

# Checks truth.json of a workload against its dumps:  ruby tests/workloads/verify.rb DIR
#
# Reads the lines with regular expressions and not as JSON, since some dumps hold lines that are not valid JSON.

require "json"

# The members of one line that a fact may speak of.
module DumpLine
  module_function

  def read(line, names)
    # Greedy: a file name may itself look like a member.
    file, number = line.match(/"file":"(.*)", "line":(\d+)/n)&.captures
    {
      "type" => line[/"type":"(\w+)"/n, 1],
      "class" => names[line[/"type":"\w+"[^\[]*?"class":"(0x\h+)"/n, 1]],
      "file" => file,
      "line" => number&.to_i,
      "value" => line[/"value":"((?:[^"\\]|\\.)*)"/n, 1]
    }
  end

  def class_name(line)
    line[/"type":"(?:CLASS|MODULE)".*?"name":"([^"]*)"/n, 1]
  end
end

def lines_of(path)
  File.readlines(path, mode: "rb")
end

def count_matches(path, facts)
  lines = lines_of(path)
  names = lines.to_h { |line| [line[/"address":"(0x\h+)"/n, 1], DumpLine.class_name(line)] }.compact
  counts = Array.new(facts.size, 0)
  lines.each do |line|
    record = DumpLine.read(line, names)
    facts.each_with_index { |fact, index| counts[index] += 1 if fact.all? { |key, wanted| record[key] == wanted } }
  end
  counts
end

def binary(match)
  match.transform_values { |value| value.is_a?(String) ? value.b : value }
end

directory = ARGV.fetch(0) { abort "Usage: verify.rb DIR" }
truth = JSON.parse(File.read(File.join(directory, "truth.json")))
facts = truth["facts"]
wrong = 0
truth["dumps"].each do |name|
  counts = count_matches(File.join(directory, name), facts.map { |fact| binary(fact["match"]) })
  facts.zip(counts) do |fact, actual|
    expected = fact["count"][File.basename(name, ".json")]
    next if expected == actual

    wrong += 1
    puts "#{name}: #{fact["what"]}: #{actual}, not #{expected}"
  end
end
puts "#{facts.size} facts over #{truth["dumps"].size} dumps, #{wrong} wrong"
exit(wrong.zero? ? 0 : 1)
