# frozen_string_literal: true

# Everything that makes a heap dump hard to read: file names that Ruby writes without escaping, names beyond ASCII,
# text that is not valid in its encoding, very long lines, deep and circular structures, and at least one object of
# nearly every kind there is.
#
#   ruby tests/workloads/awkward.rb DIR
#
# Some lines of the dumps are not valid JSON, and that is the point: an object of such a line counts like any other.

require "bigdecimal"
require "delegate"
require "monitor"
require "rbconfig"
require "set"
require "stringio"
require "tempfile"
require "weakref"

require_relative "workload"

workload = Workload.start(traced: true)

module Awkward
  # Names under which sources are compiled. Ruby writes them to the dump as they are, quotes and all.
  FILES = {
    quote: [101, %q(/app/quo"te.rb)],
    backslash: [103, %q(/app/back\slash\n.rb)],
    members: [107, %q(/app/x", "line":1, "generation":2, "memsize":3.rb)],
    latin1: [109, "/app/caf\xE9.rb".b],
    utf8: [113, "/app/größe/日本.rb"],
    control: [127, "/app/tab\tand\e[31m.rb"],
    braces: [131, "/app/}{[]}.rb"],
    newline: [137, "/app/new\nline.rb"]
  }.freeze
  BIRTH_LINE = 3
  LONG_STRING = 3_000_017
  LONG_ARRAY = 200_003
  DEPTH = 50_021
  LATER = 1_013

  # What is kept, and for the facts: where it was made, how much of it, and of what type.
  KEPT = {}
  FACTS = {}

  class << self
    def keep(key, type = nil, count = nil)
      FACTS[key] = { type: type, line: caller_locations(1, 1).first.lineno, count: count } if type
      KEPT[key] = count ? Array.new(count) { |number| yield(number) } : yield
    end

    def class_of(kind) = "Awkward::From#{kind.capitalize}"

    # A class for each file, so that the facts can tell the objects apart even where the name is beyond repair.
    def from_files
      FILES.each do |kind, (count, file)|
        name = class_of(kind)
        eval("class #{name}; end\n\nAwkward::KEPT[:#{kind}] = Array.new(#{count}) { #{name}.new }", TOPLEVEL_BINDING, file)
      end
    end

    # Ruby 3.0 and 3.1 write a method name beyond ASCII with stray bytes in it.
    def non_ascii_names
      Object.const_set(:Größe, Class.new { def résumé_日本 = Array.new(5) { |number| "Wert #{number}" } })
      KEPT[:non_ascii_strings] = Größe.new.résumé_日本
      keep(:non_ascii, "OBJECT", 149) { Größe.new }
    end

    def strings
      keep(:control_bytes, "STRING", 37) { "" + "\0\1\b\t\n\v\f\r\e\x1F\x7F\\\"/" }
      keep(:broken_utf8, "STRING", 41) { "" + "broken \xFF\xC3( bytes" }
      keep(:empty_string, "STRING", 43) { "" + "" }
      keep(:looks_like_a_record, "STRING", 61) { "" + %q("}, {"address":"0x1", "type":"STRING", "file":"f", "line":1}) }
      keep(:long, "STRING", 1) { "x" * LONG_STRING }
      keep(:encodings) { [Encoding::UTF_16LE, Encoding::UTF_32BE, Encoding::EUC_JP].map { |encoding| "日本 text".encode(encoding) } }
      keep(:shared) { KEPT[:long].first[5..] }
      keep(:dummy_encoding) { (+"+AGEAYg-").force_encoding(Encoding::UTF_7) }
      keep(:with_ivar) { (+"carries a variable").tap { |text| text.instance_variable_set(:@note, [1]) } }
    end

    def numbers
      zero = 0.0
      keep(:nan, "FLOAT", 47) { zero / zero }
      keep(:infinity, "FLOAT", 53) { -1 / zero }
      keep(:bignum, "BIGNUM", 59) { |number| number + 2**200 }
      keep(:rational, "RATIONAL", 67) { |number| Rational(number, 71) }
      keep(:complex, "COMPLEX", 71) { |number| Complex(number, 2.5) }
      keep(:symbol, "SYMBOL", 73) { |number| "awkward \"symbol\" #{number}".to_sym }
      keep(:other) { [-zero, 1e300 * 10, 5e-324, 10**1000, BigDecimal("1e-30"), Time.at(0, in: "+09:00"), Random.new(1)] }
    end

    def structures
      few = %w[a b c d e f g]
      keep(:long_array) { Array.new(LONG_ARRAY) { |number| few[number % few.size] } }
      keep(:deep) { (1..DEPTH).reduce([]) { |inner, _| [inner] } }
      keep(:circle) { [].tap { |array| array << array << { self: array } } }
      keep(:empty) { [[], {}, Set.new, Object.new, "", nil] }
      keep(:hashes) { [Hash.new { |hash, key| hash[key] = key }, {}.compare_by_identity, Hash.new([]), { nil => nil, [] => {} }] }
      keep(:set) { Set["a", 1, :b, 2.5] }
      keep(:wide_struct) { Struct.new(*("a".."z").map(&:to_sym)).new(*("a".."z")) }
      keep(:wide) { Object.new.tap { |object| 41.times { |n| object.instance_variable_set("@ivar_#{n}", n.to_s) } } }
    end

    def objects
      keep(:bare) { BasicObject.new }
      keep(:delegate) { SimpleDelegator.new("delegated") }
      keep(:singleton) { Object.new.tap { |object| def object.only_here = self } }
      keep(:prepended) { Class.new(String) { prepend Comparable }.new("prepended") }
      keep(:deep_class) { (1..100).reduce(Object) { |parent, _| Class.new(parent) }.new }
      keep(:liar) { Class.new { def self.name = "Liar" }.new }
      keep(:weak) { ObjectSpace::WeakMap.new.tap { |map| map[KEPT[:set]] = KEPT[:long_array] } }
      keep(:weak_reference) { WeakRef.new(KEPT[:set]) }
      keep(:finalized) { Object.new.tap { |object| ObjectSpace.define_finalizer(object, proc {}) } }
      keep(:match, "MATCH", 79) { "2026-01-31".match(/(?<year>\d+)-(?<month>\d+)/) }
      keep(:regexp, "REGEXP", 83) { |number| Regexp.new("\\A\"quo\\\\ted\"/#{number}\\z") }
    end

    def code
      counter = 0
      keep(:procs) { [proc { counter += 1 }, ->(number) { number + counter }, :upcase.to_proc, method(:keep) >> method(:p)] }
      keep(:methods) { [1.method(:+), String.instance_method(:upcase), method(:keep).unbind, binding] }
      keep(:enumerators) { [[1, 2].each, (1..Float::INFINITY).lazy.map { |number| number * 2 }, [3].each_slice(2).tap(&:next)] }
      keep(:fiber) { Fiber.new { |text| Fiber.yield(text) }.tap { |fiber| fiber.resume("suspended") } }
      keep(:thread) { Thread.new { Thread.stop } }
      keep(:locks) { [Mutex.new, ConditionVariable.new, Queue.new, SizedQueue.new(1), Monitor.new] }
      keep(:error) { Integer("x", exception: true) rescue $! }
    end

    def system_objects
      system(RbConfig.ruby, "--disable-gems", "-e", "exit 3")
      keep(:process) { [Process.last_status, Process.times] }
      keep(:io) { [IO.pipe, Tempfile.new("awkward"), Dir.new("/"), StringIO.new("text"), File.stat("/"), Encoding::Converter.new("UTF-8", "UTF-16")] }
      keep(:file, "FILE", 5) { File.open(File::NULL) }
      keep(:closed) { File.open(File::NULL).tap(&:close) }
    end
  end

  Later = Class.new
end

workload.dump("a")
workload.aside do
  %i[from_files non_ascii_names strings numbers structures objects code system_objects].each { |part| Awkward.public_send(part) }
end
workload.dump("b")
workload.aside { Awkward.keep(:later, "OBJECT", Awkward::LATER) { Awkward::Later.new } }
workload.dump("c", { Awkward::Later => Awkward::LATER })

Awkward::FILES.each do |kind, (count, file)|
  # Two names cannot be matched: one is not UTF-8, as truth.json is, and one splits its record in two.
  place = %i[latin1 newline].include?(kind) ? {} : { file: file, line: Awkward::BIRTH_LINE }
  workload.fact("born in a file with an awkward name: #{kind}", type: "OBJECT", class: Awkward.class_of(kind), **place, count: [0, count, count])
end
Awkward::FACTS.each do |key, found|
  count = key == :later ? [0, 0, found[:count]] : [0, found[:count], found[:count]]
  workload.fact(key.to_s.tr("_", " "), type: found[:type], file: __FILE__, line: found[:line], count: count)
end
workload.finish(
  growth: { class: "Awkward::Later", file: __FILE__, line: Awkward::FACTS[:later][:line], new_in_c: Awkward::LATER },
  longest_string: Awkward::LONG_STRING,
  longest_array: Awkward::LONG_ARRAY,
  deepest_array: Awkward::DEPTH,
  # Records of objects whose file name holds a newline: each is broken over two lines.
  records_over_two_lines: Awkward::FILES[:newline].first
)
