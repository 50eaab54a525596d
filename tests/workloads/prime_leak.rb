# frozen_string_literal: true

# A traced leak, beside all that must not be taken for one: a bounded cache that fills and then changes its members,
# objects that live in one dump only, and data that never changes.
#
#   ruby tests/workloads/prime_leak.rb DIR

require_relative "workload"

workload = Workload.start(traced: true)

module PrimeLeak
  FIRST_LEAK = 7_919
  SECOND_LEAK = 6_101
  CACHE = 997
  REPLACED = 499
  PASSING = 4_999
  DUPLICATES = 1_009
  CHAIN = 30_011
  SETTINGS = 503
  POINTS = 211
  NAMELESS = 101

  # The labels are too long for a slot, so that a node costs more than its own size.
  class Node
    LABEL_LINE = __LINE__ + 3
    def initialize(number)
      @number = number
      @label = "node #{number}, which nobody will ever ask for again"
    end
  end

  # What the cache holds.
  class Entry
    def initialize(number)
      @key = number
      @text = "entry #{number}"
    end
  end

  Passing = Class.new { def initialize(number) = @number = number }
  Point = Struct.new(:x, :y)

  # A list as long as this overflows the stack of anything that walks it by recursion.
  class Link
    def initialize(following) = @following = following
  end

  module Helper
    def help = :helped
  end

  # Bounded: the oldest goes when a new one comes.
  class Cache
    LINE = __LINE__ + 3
    def add(number)
      @entries ||= {}
      @entries[number] = Entry.new(number)
      @entries.shift if @entries.size > PrimeLeak::CACHE
    end
  end

  LEAKED = []
  LEAK_LINE = __LINE__ + 2
  def self.leak(count)
    count.times { |number| LEAKED << Node.new(number) }
  end

  PASSERS_BY = []
  PASSING_LINE = __LINE__ + 2
  def self.pass(count)
    count.times { |number| PASSERS_BY << Passing.new(number) }
  end

  # 53 bytes, the same in each of them. Not dup, whose copies would share the content.
  REPEATED = "The same fifty-three bytes, again and again and again"
  DUPLICATES_LINE = __LINE__ + 1
  COPIES = Array.new(DUPLICATES) { REPEATED + "" }

  CHAIN_LINE = __LINE__ + 1
  HEAD = (1..CHAIN).reduce(nil) { |following, _| Link.new(following) }

  SETTINGS_LINE = __LINE__ + 1
  UNCHANGED = (1..SETTINGS).to_h { |number| [number, "setting #{number}"] }

  POINTS_LINE = __LINE__ + 1
  OUTLINE = Array.new(POINTS) { |number| Point.new(number, -number) }

  # In a Hash, because a class that is assigned to a constant takes its name.
  KINDS = { nameless: Class.new { def initialize(number) = @number = number } }
  NAMELESS_LINE = __LINE__ + 1
  UNNAMED = Array.new(NAMELESS) { |number| KINDS[:nameless].new(number) }

  # Has a singleton class, with a method and an extra module.
  SINGLE = Node.allocate
  SINGLE.extend(Helper)
  def SINGLE.answer = 42

  OVER_THE_CACHE = Cache.new
end

P = PrimeLeak
alive = { P::Link => P::CHAIN, P::Point => P::POINTS, P::KINDS[:nameless] => P::NAMELESS }
workload.dump("a", { P::Node => 1, P::Entry => 0, P::Passing => 0, **alive })

workload.aside { P.leak(P::FIRST_LEAK) }
workload.aside { P.pass(P::PASSING) }
workload.aside { P::CACHE.times { |number| P::OVER_THE_CACHE.add(number) } }
workload.dump("b", { P::Node => 1 + P::FIRST_LEAK, P::Entry => P::CACHE, P::Passing => P::PASSING, **alive })

P::PASSERS_BY.clear
# Collected first, so that the second leak is born at the addresses of those that passed.
3.times { GC.start }
workload.aside { P.leak(P::SECOND_LEAK) }
workload.aside { P::REPLACED.times { |number| P::OVER_THE_CACHE.add(P::CACHE + number) } }
workload.dump("c", { P::Node => 1 + P::FIRST_LEAK + P::SECOND_LEAK, P::Entry => P::CACHE, P::Passing => 0, **alive })

leaked = [0, P::FIRST_LEAK, P::FIRST_LEAK + P::SECOND_LEAK]
workload.fact("leaked nodes", type: "OBJECT", class: "PrimeLeak::Node", file: __FILE__, line: P::LEAK_LINE, count: leaked)
workload.fact("their labels", type: "STRING", file: __FILE__, line: P::Node::LABEL_LINE, count: leaked)
workload.fact("cache entries", type: "OBJECT", class: "PrimeLeak::Entry", file: __FILE__, line: P::Cache::LINE, count: [0, P::CACHE, P::CACHE])
workload.fact("in the second dump only", type: "OBJECT", class: "PrimeLeak::Passing", file: __FILE__, line: P::PASSING_LINE, count: [0, P::PASSING, 0])
workload.fact("duplicate strings", type: "STRING", value: P::REPEATED, file: __FILE__, line: P::DUPLICATES_LINE, count: [P::DUPLICATES] * 3)
workload.fact("linked list", type: "OBJECT", class: "PrimeLeak::Link", file: __FILE__, line: P::CHAIN_LINE, count: [P::CHAIN] * 3)
workload.fact("settings", type: "STRING", file: __FILE__, line: P::SETTINGS_LINE, count: [P::SETTINGS] * 3)
workload.fact("structs", type: "STRUCT", class: "PrimeLeak::Point", file: __FILE__, line: P::POINTS_LINE, count: [P::POINTS] * 3)
workload.fact("of a class without a name", type: "OBJECT", file: __FILE__, line: P::NAMELESS_LINE, count: [P::NAMELESS] * 3)

memsize = ->(objects) { objects.sum { |object| ObjectSpace.memsize_of(object) } }
labels = P::LEAKED.map { |node| node.instance_variable_get(:@label) }
workload.finish(
  leak: {
    class: "PrimeLeak::Node", file: __FILE__, line: P::LEAK_LINE, held_by: "PrimeLeak::LEAKED", holder_type: "ARRAY",
    new_in_b_and_kept_in_c: P::FIRST_LEAK, new_in_c: P::SECOND_LEAK,
    # Of all nodes in c with their labels, which nobody else refers to.
    retained_bytes_in_c: memsize.(P::LEAKED) + memsize.(labels)
  },
  innocent: { class: "PrimeLeak::Entry", limit: P::CACHE, kept_from_b_to_c: P::CACHE - P::REPLACED },
  duplicates: { value: P::REPEATED, bytesize: P::REPEATED.bytesize, count: P::DUPLICATES },
  chain_length: P::CHAIN,
  unchanged_hash_size: P::SETTINGS
)
