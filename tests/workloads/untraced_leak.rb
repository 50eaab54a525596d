# frozen_string_literal: true

# A leak in a process whose allocations are not traced, as in most dumps from production: no file, no line, no
# generation. What leaks can be told by its class and by who holds it.
#
#   ruby tests/workloads/untraced_leak.rb DIR

require_relative "workload"

workload = Workload.start(traced: false)

module UntracedLeak
  FIRST_LEAK = 5_003
  SECOND_LEAK = 4_001
  CACHE = 499
  REPLACED = 251
  PASSING = 1_999

  # Leaks from a Hash that is an instance variable of an object, as sessions do.
  Session = Struct.new(:token, :seen)

  class SessionStore
    def initialize
      @sessions = {}
    end

    def open(number)
      @sessions[number] = Session.new("token-#{number}-of-a-session-that-never-ends", [number, number.to_s])
    end

    def each(&block) = @sessions.each_value(&block)
  end

  # Bounded: the oldest goes when a new one comes.
  class PageCache
    Page = Struct.new(:number, :html)

    def initialize
      @pages = {}
    end

    def add(number)
      @pages[number] = Page.new(number, "<html><body>Page number #{number}</body></html>")
      @pages.shift if @pages.size > UntracedLeak::CACHE
    end
  end

  Passing = Struct.new(:number)

  STORE = SessionStore.new
  PAGES = PageCache.new
  PASSERS_BY = []
end

U = UntracedLeak
page = U::PageCache::Page
workload.dump("a", { U::Session => 0, page => 0, U::Passing => 0 })

workload.aside { U::FIRST_LEAK.times { |number| U::STORE.open(number) } }
workload.aside { U::CACHE.times { |number| U::PAGES.add(number) } }
workload.aside { U::PASSING.times { |number| U::PASSERS_BY << U::Passing.new(number) } }
workload.dump("b", { U::Session => U::FIRST_LEAK, page => U::CACHE, U::Passing => U::PASSING })

U::PASSERS_BY.clear
# Collected first, so that the second leak is born at the addresses of those that passed.
3.times { GC.start }
workload.aside { U::SECOND_LEAK.times { |number| U::STORE.open(U::FIRST_LEAK + number) } }
workload.aside { U::REPLACED.times { |number| U::PAGES.add(U::CACHE + number) } }
workload.dump("c", { U::Session => U::FIRST_LEAK + U::SECOND_LEAK, page => U::CACHE, U::Passing => 0 })

workload.fact("leaked sessions", type: "STRUCT", class: "UntracedLeak::Session", count: [0, U::FIRST_LEAK, U::FIRST_LEAK + U::SECOND_LEAK])
workload.fact("cached pages", type: "STRUCT", class: "UntracedLeak::PageCache::Page", count: [0, U::CACHE, U::CACHE])
workload.fact("in the second dump only", type: "STRUCT", class: "UntracedLeak::Passing", count: [0, U::PASSING, 0])

retained = U::STORE.each.sum do |session|
  parts = [session, session.token, session.seen, session.seen.last]
  parts.sum { |part| ObjectSpace.memsize_of(part) }
end
workload.finish(
  leak: {
    class: "UntracedLeak::Session", held_by: "@sessions of an UntracedLeak::SessionStore", holder_type: "HASH",
    new_in_b_and_kept_in_c: U::FIRST_LEAK, new_in_c: U::SECOND_LEAK, retained_bytes_in_c: retained
  },
  innocent: { class: "UntracedLeak::PageCache::Page", limit: U::CACHE, kept_from_b_to_c: U::CACHE - U::REPLACED }
)
