# frozen_string_literal: true

# One leak at a time, chosen by LEAK, for Rack on Puma; INNOCENT=1 runs its twin, which does the same work and lets go.
# The line to be found is marked.

require "fiddle"

INNOCENT = ENV["INNOCENT"] == "1"

Visit = Struct.new(:number, :path, :note)

def visit(number, env)
  Visit.new(number, env["PATH_INFO"].dup, "visit number #{number} of this process") # site: class_array class_hash lru
end

# A list in a class.
class Audit
  ENTRIES = []
  @by_number = {}

  class << self
    attr_reader :by_number
  end
end

# A memoised method whose key is different for every request.
class Prices
  Quote = Struct.new(:number, :text)

  def self.quote(number)
    (@quotes ||= {})[number] ||= Quote.new(number, "#{number} EUR, including all taxes") # site: memo
  end
end

# Least recently used out first; the limit was meant to be 300, and was never read from the settings.
class Recent
  def initialize(limit)
    @limit = limit
    @items = {}
    @lock = Mutex.new
  end

  def put(key, value)
    @lock.synchronize do
      @items.delete(key)
      @items.shift while @items.size >= @limit
      @items[key] = value
    end
  end
end

# Prepared statements by SQL: a cache that fills up to 1,000 and stays there. Never a leak.
class Statements
  Statement = Struct.new(:name, :sql, :columns)

  def initialize
    @known = {}
    @lock = Mutex.new
  end

  def prepare(sql)
    @lock.synchronize do
      statement = @known.delete(sql) || Statement.new("s#{sql.hash}", sql, sql.split)
      @known.shift if @known.size >= 1000
      @known[sql] = statement
    end
  end
end

CALLBACKS = []
RECENT = Recent.new(INNOCENT ? 300 : Float::INFINITY)
STATEMENTS = Statements.new
HANDLERS = Object.new

KINDS = {
  "class_array" => lambda { |number, env|
    Audit::ENTRIES << visit(number, env)
    Audit::ENTRIES.shift if INNOCENT && Audit::ENTRIES.size > 100
  },
  "class_hash" => lambda { |number, env|
    Audit.by_number[number] = visit(number, env)
    Audit.by_number.shift if INNOCENT && Audit.by_number.size > 100
  },
  "memo" => ->(number, _env) { Prices.quote(INNOCENT ? number % 50 : number) },
  "callbacks" => lambda { |number, env|
    seen = visit(number, env)
    CALLBACKS << -> { seen.note } # site: callbacks
    CALLBACKS.shift if INNOCENT && CALLBACKS.size > 100
  },
  "lru" => ->(number, env) { RECENT.put(number, visit(number, env)) },
  "symbols" => lambda { |number, _env|
    name = :"user_#{INNOCENT ? number % 20 : number}" # site: symbols
    HANDLERS.define_singleton_method(name) { number } unless HANDLERS.respond_to?(name) # site: symbols
  },
  "threads" => lambda { |number, _env|
    next unless (number % 25).zero?

    thread = Thread.new { INNOCENT ? number : sleep } # site: threads
    thread.join if INNOCENT
  },
  "native" => lambda { |_number, _env|
    memory = Fiddle::Pointer.new(Fiddle.malloc(8192))
    memory[0, 8192] = "x" * 8192
    Fiddle.free(memory.to_i) if INNOCENT
  },
  "statements" => ->(number, _env) { STATEMENTS.prepare("SELECT name, price FROM products WHERE id = #{number}") }
}.freeze

LEAK = KINDS.fetch(ENV.fetch("LEAK", "class_array"))
COUNT = [0]
LOCK = Mutex.new

run(lambda { |env|
  number = LOCK.synchronize { COUNT[0] += 1 }
  LEAK.call(number, env)
  [200, { "content-type" => "text/plain" }, ["hello #{number}\n"]]
})
