# frozen_string_literal: true

# Has to come before the application is loaded: an object born earlier has no allocation site in a heap dump.
if ENV["TRACE_ALLOCATIONS"] == "1"
  require "objspace"
  ObjectSpace.trace_object_allocations_start
end

# `load` with a relative path rather than `require`, so that allocation sites read "app/shop.rb" wherever this lives.
%w[statement_cache catalog pages request_audit shop heap_dumps].each { |part| load "app/#{part}.rb" }

use HeapDumps, ENV["HEAP_DUMPS"] if ENV["HEAP_DUMPS"]
run Shop.new(Catalog.new, RequestAudit)
