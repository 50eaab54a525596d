# frozen_string_literal: true

# A small app for the tests of `tidemark run`: / answers the pid, /leak keeps 256 kB for ever.
KEPT = [] # rubocop:disable Style/MutableConstant
run(lambda do |env|
  KEPT << ('x' * 262_144) if env['PATH_INFO'] == '/leak'
  body = "#{Process.pid}\n"
  # thin needs the length to keep a connection open, and spells headers like this.
  [200, { 'Content-Type' => 'text/plain', 'Content-Length' => body.bytesize.to_s }, [body]]
end)
