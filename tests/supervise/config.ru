# frozen_string_literal: true

# A small app for the tests of `tidemark run`: / answers the pid, /leak keeps 256 kB for ever.
KEPT = [] # rubocop:disable Style/MutableConstant
run(lambda do |env|
  KEPT << ('x' * 262_144) if env['PATH_INFO'] == '/leak'
  [200, { 'content-type' => 'text/plain' }, ["#{Process.pid}\n"]]
end)
