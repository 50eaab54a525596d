# frozen_string_literal: true

# The shop of ../ruby-leaky, with its files, and one more that puts a bound on the audit.
if ENV["TRACE_ALLOCATIONS"] == "1"
  require "objspace"
  ObjectSpace.trace_object_allocations_start
end

# From within its directory, so that the allocation sites have the same names in both examples.
Dir.chdir("../ruby-leaky") do
  %w[statement_cache catalog pages request_audit shop heap_dumps].each { |part| load "app/#{part}.rb" }
end
load "app/bounded_audit.rb"

use HeapDumps, ENV["HEAP_DUMPS"] if ENV["HEAP_DUMPS"]
run Shop.new(Catalog.new, RequestAudit)
