# frozen_string_literal: true

require "fileutils"
require "json"
require "objspace"

# A program with known truth: it dumps its own heap as a.json, b.json and c.json, and writes truth.json, which says
# how many objects of which kind each of the three holds. The counts are prime numbers, so that a total that mixes
# two of them, or counts one twice, shows.
#
# A fact describes objects by any of type, class, file, line and value, and counts those that match all of them.
# verify.rb checks the truth against the dumps, independently of the program under test.
class Workload
  DUMPS = %w[a b c].freeze

  # Traced allocations have to start before the workload defines its classes.
  def self.start(traced:)
    directory = ARGV.fetch(0) { abort "Usage: #{$PROGRAM_NAME} DIR" }
    # An object that moves would look like one that died and another that was born.
    GC.auto_compact = false if GC.respond_to?(:auto_compact=)
    ObjectSpace.trace_object_allocations_start if traced
    new(directory, traced)
  end

  def initialize(directory, traced)
    @directory = directory
    @traced = traced
    @facts = []
    FileUtils.mkdir_p(directory)
  end

  # Runs the block on a stack of its own. A reference that stays behind on the machine stack would keep an object
  # alive, and one object too many is what these counts are there to catch.
  def aside(&block)
    Thread.new(&block).join
    nil
  end

  # `alive` maps a class to the number of instances there must be, as Ruby itself counts them.
  def dump(name, alive = {})
    3.times { GC.start }
    alive.each do |klass, expected|
      actual = ObjectSpace.each_object(klass).count
      abort "#{name}: #{actual} objects of #{klass}, not #{expected}" unless actual == expected
    end
    path = File.join(@directory, "#{name}.json")
    File.open("#{path}.tmp", "w") { |file| ObjectSpace.dump_all(output: file) }
    File.rename("#{path}.tmp", path)
  end

  # count: [in a, in b, in c]. File and line are left out of an untraced workload, as they are of its dumps.
  def fact(what, count:, **match)
    match = match.reject { |key, _| %i[file line].include?(key) } unless @traced
    @facts << { what: what, match: match, count: DUMPS.zip(count).to_h }
  end

  # more: whatever else is true and cannot be counted as a fact.
  def finish(**more)
    truth = { ruby: RUBY_VERSION, traced: @traced, dumps: DUMPS.map { |name| "#{name}.json" }, facts: @facts, **more }
    File.write(File.join(@directory, "truth.json"), "#{JSON.pretty_generate(truth)}\n")
  end
end
