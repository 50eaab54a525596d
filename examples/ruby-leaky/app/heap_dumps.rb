# frozen_string_literal: true

require "objspace"
require "rack"

# POST /_heap?name=a writes the heap of this process to a.json in the directory given, and answers when it is done.
#
# For the demonstration only. A dump holds every string of the process, so an application that faces others must not
# have such an endpoint, and it stops all threads while it is written.
class HeapDumps
  def initialize(app, directory)
    @app = app
    @directory = directory
    @lock = Mutex.new
  end

  def call(env)
    request = Rack::Request.new(env)
    return @app.call(env) unless request.post? && request.path_info == "/_heap"

    name = request.params["name"].to_s
    return answer(400, "name: letters, digits, - and _ only\n") unless name.match?(/\A[\w-]+\z/)

    # Not two at once: older Rubies crash when dumps overlap.
    path = @lock.synchronize { dump(name) }
    answer(201, "#{path} #{File.size(path)}\n")
  end

  private

  # Renamed when complete, so that nobody reads half a dump.
  def dump(name)
    path = File.join(@directory, "#{name}.json")
    GC.start
    File.open("#{path}.tmp", "w", 0o600) { |file| ObjectSpace.dump_all(output: file) }
    File.rename("#{path}.tmp", path)
    path
  end

  def answer(status, text)
    [status, { "content-type" => "text/plain" }, [text]]
  end
end
