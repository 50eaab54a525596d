#!/usr/bin/env ruby
# frozen_string_literal: true

# Makes three real Ruby heap dumps of about a requested size each, from a process that looks like a large Rails
# application (see big_app.rb): 1.json, 2.json and 3.json, and truth.json which says what grew and what did not.
#
#   ruby bench/make_dumps.rb --size 500MB --out DIR
#
# The libraries alone come to some 80 MB, so smaller sizes cannot be had.
#
# Between the dumps the application serves requests: one audit entry leaks per request, a full bounded cache
# replaces its entries, and a few per cent of the records are deleted and created anew, so that the objects of
# the later dumps often stand at addresses which other objects had before.

require "fileutils"
require "json"
require "objspace"
require "optparse"

# Before anything else is loaded, as one would do in a real boot file.
ObjectSpace.trace_object_allocations_start

# Breadth: whatever of these is installed. A missing one changes the mix a little and nothing else.
%w[
  csv date digest erb English fiddle forwardable ipaddr irb logger matrix minitest monitor net/ftp net/http net/imap
  net/smtp nio observer open-uri open3 openssl ostruct pathname pp prime pstore psych puma racc/parser rack rake rbs
  rdoc reline resolv rexml/document rinda/tuplespace ripper rss securerandom shellwords singleton socket stringio
  strscan tempfile thor time timeout tsort uri weakref webrick xmlrpc/client yaml zlib
].each do |library|
  require library
rescue LoadError
  next
end

require_relative "big_app"

# Drives the application and writes the dumps.
class DumpMaker
  # These grow with the size asked for.
  CLASSES_PER_MB = 2.6
  REQUESTS_PER_MB = 8
  CACHE_SHARE = 0.6
  SAMPLE_RECORDS = 2_000
  TURNOVER = 0.04
  # Requests between the last collection and the dump: a live heap always holds some garbage.
  UNCOLLECTED_REQUESTS = 150
  OWNERS = 500

  def initialize(size, directory)
    @size = size
    @directory = directory
    @random = Random.new(20_011)
    @next_id = 0
    @requests = 0
    @owners = []
    @records = []
    @index = Hash.new { |terms, term| terms[term] = {} }
    @steps = []
  end

  def run
    FileUtils.mkdir_p(@directory)
    megabytes = @size / 1_000_000.0
    @models = say("compiled classes") { BigApp.boot((megabytes * CLASSES_PER_MB).clamp(100, 4000).to_i, @owners) }
    @per_step = (megabytes * REQUESTS_PER_MB).to_i
    @cache = StatementCache.new((@per_step * CACHE_SHARE).to_i)
    say("built records") { fill }
    3.times do |step|
      say("replaced records") { replace_records } if step.positive?
      say("served #{@per_step} requests") { serve_and_collect }
      say("wrote #{step + 1}.json") { write_dump(step + 1) }
    end
    File.write(File.join(@directory, "truth.json"), "#{JSON.pretty_generate(truth)}\n")
  end

  private

  def say(what)
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    result = yield
    warn format("%-28s %6.1f s", what, Process.clock_gettime(Process::CLOCK_MONOTONIC) - started)
    result
  end

  # Adds records until a dump has the size asked for. The size of a record in the dump depends on the libraries
  # found and on the Ruby version, so it is measured: two trial dumps give the bytes of one record.
  def fill
    OWNERS.times { @owners << create(nil) }
    empty = trial_bytes
    SAMPLE_RECORDS.times { add_record }
    per_record = (trial_bytes - empty) / SAMPLE_RECORDS.to_f
    missing = (@size - empty) / per_record - SAMPLE_RECORDS
    missing.to_i.times { add_record }
  end

  def trial_bytes
    path = File.join(@directory, "trial.tmp")
    GC.start
    dump(path)
    File.size(path)
  ensure
    FileUtils.rm_f(path)
  end

  # Records point at owners only, and owners are never deleted: otherwise a chain of owners would keep deleted
  # records alive, and that would be a second leak.
  def add_record
    record = create(@owners[@random.rand(@owners.size)])
    terms_of(record).each { |term| @index[term][record.id] = record }
    @records << record
  end

  def create(owner)
    id = @next_id += 1
    @models[id % @models.size].create(id, owner)
  end

  def delete_record(position)
    record = @records[position]
    @records[position] = @records.last
    @records.pop
    record.class.records.delete(record.id)
    terms_of(record).each { |term| @index[term].delete(record.id) }
  end

  # A search index, as most applications have in some form: few objects, many references.
  def terms_of(record)
    id = record.id
    [1, 7, 11, 13, 31, 101, 499, 997, 1499, 1999].map { |modulus| (id % modulus) * 10_000 + modulus }
  end

  def serve(count)
    count.times do
      number = @requests += 1
      RequestAudit.record(number)
      @cache.fetch("SELECT id, title, status FROM orders WHERE id = #{number} ORDER BY title LIMIT 20")
      # Garbage, of the kinds a request makes.
      rows = Array.new(12) { |row| { "id" => row, "title" => "row #{row}", "cells" => [row, "a#{row}", nil] } }
      rows.map(&:to_s).join.scan(/row (\d+)/).flatten.map(&:to_sym)
    end
  end

  def replace_records
    (@records.size * TURNOVER).to_i.times do
      delete_record(@random.rand(@records.size))
      add_record
    end
  end

  def serve_and_collect
    serve(@per_step - UNCOLLECTED_REQUESTS)
    GC.start
    serve(UNCOLLECTED_REQUESTS)
  end

  def write_dump(number)
    dump(File.join(@directory, "#{number}.json"))
    @steps << { dump: "#{number}.json", requests: @requests, leaked_entries: RequestAudit::LOG.size,
                cached_statements: @cache.size, records: @records.size, objects: ObjectSpace.count_objects }
  end

  def dump(path)
    File.open(path, "w") { |file| ObjectSpace.dump_all(output: file) }
  end

  def truth
    {
      ruby: RUBY_VERSION,
      leak: { class: "RequestAudit::Entry", type: "STRUCT", per_request: 1, file: BigApp::AUDIT_FILE,
              line: BigApp.line_of(BigApp::AUDIT_SOURCE, "LOG <<"), held_by: "RequestAudit::LOG" },
      innocent: { class: "StatementCache", limit: @cache.limit, file: BigApp::CACHE_FILE,
                  line: BigApp.line_of(BigApp::CACHE_SOURCE, "Statement.new") },
      turnover: TURNOVER,
      steps: @steps
    }
  end
end

# What is in a dump, by the fields that its lines state.
def describe(path)
  lines = references = 0
  types = Hash.new(0)
  File.foreach(path) do |line|
    lines += 1
    types[line[/"type":"(\w+)"/, 1]] += 1
    list = line[/"references":\[([^\]]*)\]/, 1]
    references += list.count(",") + 1 if list
  end
  mix = types.sort_by { |type, count| [-count, type] }.first(8).map { |type, count| "#{type} #{(100.0 * count / lines).round}%" }
  format("%.0f B per line, %.2f references per line; %s", File.size(path).to_f / lines, references.to_f / lines, mix.join(", "))
end

def count_lines(path)
  buffer = +""
  File.open(path, "rb") { |file| count = 0; count += buffer.count("\n") while file.read(1 << 20, buffer); count }
end

options = {}
OptionParser.new do |parser|
  parser.banner = "Usage: make_dumps.rb --size 500MB --out DIR [--describe]"
  parser.on("--size SIZE", "about how large each dump shall be: 500MB, 2GB") do |value|
    number, unit = value.match(/\A(\d+)([MG])B\z/i)&.captures
    raise OptionParser::InvalidArgument, value unless number
    options[:size] = number.to_i * (unit.casecmp?("G") ? 1_000_000_000 : 1_000_000)
  end
  parser.on("--out DIR", "where to write 1.json, 2.json, 3.json and truth.json") { |value| options[:out] = value }
  parser.on("--describe", "say what is in the dumps too; reads them again, at about 30 MB/s") { options[:describe] = true }
end.parse!
abort "make_dumps.rb: needs --size and --out; see --help" unless options[:size] && options[:out]

DumpMaker.new(options[:size], options[:out]).run
(1..3).each do |number|
  path = File.join(options[:out], "#{number}.json")
  puts format("%s: %.1f MB, %d lines", path, File.size(path) / 1e6, count_lines(path))
  puts "  #{describe(path)}" if options[:describe]
end
