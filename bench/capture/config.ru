# A Puma server that holds OBJECTS small objects. GET /own dumps the heap in the process itself.
require "objspace"
KEEP = Array.new(Integer(ENV.fetch("OBJECTS"))) { |i| { id: i, name: "user #{i}" } }

run lambda { |env|
  if env["PATH_INFO"] == "/own"
    File.open(ENV.fetch("OWN"), "w") { |file| ObjectSpace.dump_all(output: file) }
    next [200, {}, []]
  end
  rows = Array.new(300) { |i| { i: i, text: "x#{i}" } }
  [200, { "content-type" => "text/plain" }, [rows.size.to_s]]
}
