# frozen_string_literal: true

# The app of the comparison: / is trivial, /wait takes 5 ms without the processor, /leak keeps
# LEAK_KB (default 16) for ever.
KEPT = [] # rubocop:disable Style/MutableConstant
LEAK = 1024 * Integer(ENV.fetch('LEAK_KB', '16'))
run(lambda do |env|
  case env['PATH_INFO']
  when '/wait' then sleep 0.005
  when '/leak' then KEPT << ('x' * LEAK)
  end
  [200, { 'content-type' => 'text/plain' }, ["ok\n"]]
end)
