# What config.ru answers, with a thread for each connection to a unix socket and nothing but Ruby's own library: for Rubies
# that have no Puma beside them.
require "socket"
KEEP = Array.new(Integer(ENV.fetch("OBJECTS"))) { |i| { id: i, name: "user #{i}" } }

def answer
  rows = Array.new(300) { |i| { i: i, text: "x#{i}" } }
  body = rows.size.to_s
  "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: #{body.bytesize}\r\n\r\n#{body}"
end

def serve(client)
  while (line = client.gets)
    client.write(answer) if line == "\r\n"
  end
rescue SystemCallError
  nil
ensure
  client.close
end

File.unlink(ARGV[0]) if File.exist?(ARGV[0])
server = UNIXServer.new(ARGV[0])
loop do
  client = server.accept
  Thread.new { serve(client) }
end
