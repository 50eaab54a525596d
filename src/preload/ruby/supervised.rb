# frozen_string_literal: true

# Loaded by RUBYOPT into an app that `tidemark run` keeps. It does nothing until a web server builds
# its app. Then a Rack middleware counts requests, a thread tells tidemark the counts once a second,
# and when tidemark says so, this process drains: every answer carries `Connection: close`, and no
# further connection is accepted. It touches no request and no body.
#
# Lines to tidemark: "hello ruby", "stats served=N busy=N waiting=N", "draining". From it: "drain"; "finish",
# which is the same but goes on accepting, for the end of all workers.
if ENV['TIDEMARK_SOCKET'] && !defined?(TidemarkSupervised)
  module TidemarkSupervised
    SEEN = 'tidemark.seen'

    # Wraps the app that the server calls.
    class Middleware
      def initialize(app)
        @app = app
      end

      def call(env)
        return @app.call(env) if env[SEEN]

        env[SEEN] = true
        supervised = TidemarkSupervised
        supervised.begin_request
        begin
          answer = @app.call(env)
          supervised.closing ? supervised.say_close(answer) : answer
        ensure
          supervised.end_request
        end
      end
    end

    # Prepended to TCPServer and UNIXServer when this process drains: connections that wait are left
    # to the other workers.
    module LeaveQueueAlone
      def accept_nonblock(exception: true)
        return super unless TidemarkSupervised.leaves_alone?(self)

        sleep 0.01 # a server's accept loop finds the queue readable, again and again
        return :wait_readable unless exception

        raise IO::EAGAINWaitReadable, 'tidemark drains this worker'
      end
    end

    # For a server's configuration or builder, whose method gives the app.
    module WrapApp
      def app(...)
        TidemarkSupervised.wrap(super)
      end
    end

    module WrapBuilt
      def to_app(...)
        TidemarkSupervised.wrap(super)
      end
    end

    # A forked server worker speaks for itself.
    module SpeakAfterFork
      def _fork
        pid = super
        TidemarkSupervised.forked if pid.zero?
        pid
      end
    end

    HOOKS = { 'Rack::Builder' => [:to_app, WrapBuilt], 'Puma::Rack::Builder' => [:to_app, WrapBuilt],
              'Puma::Configuration' => [:app, WrapApp] }.freeze

    STARTING = Mutex.new
    @served = 0
    @busy = 0
    @closing = false
    @draining = false
    @thread = nil

    class << self
      attr_reader :closing

      # Not even a getpid(): after any fork, seen or not, the thread is no longer alive.
      def begin_request
        start unless @thread.alive?
        @busy += 1
      end

      def end_request
        @busy -= 1
        @served += 1
      end

      def say_close(answer)
        status, headers, body = answer
        return answer unless headers.respond_to?(:merge)

        headers = headers.reject { |name, _| name.to_s.casecmp?('connection') }
        headers['connection'] = 'close'
        [status, headers, body]
      end

      def wrap(app)
        return app unless app.respond_to?(:call)

        @watch&.disable
        start
        app.is_a?(Middleware) ? app : Middleware.new(app)
      end

      def leaves_alone?(server)
        return false unless @draining

        port = ENV['TIDEMARK_PORT'].to_i
        port.zero? || !server.is_a?(TCPServer) || server.local_address.ip_port == port
      rescue IOError, SystemCallError
        false
      end

      def forked
        @closing = @draining = false
        @busy = 0
        @served = 0
        start if @thread
      end

      # Hooks the classes that build apps, as their definitions end.
      def watch_for_servers
        @watch = TracePoint.new(:end) do |point|
          name = point.self.name
          method, hook = name && HOOKS[name]
          point.self.prepend(hook) if hook && point.self.method_defined?(method) && !(point.self < hook)
        end
        @watch.enable
      end

      private

      def start
        STARTING.synchronize do
          next if @thread&.alive?

          require 'socket'
          @thread = Thread.new { talk_for_ever }
          @thread.name = 'tidemark'
          @thread.report_on_exception = false
          @thread.thread_variable_set(:fork_safe, true) # Puma warns of threads that are not
        end
      end

      def talk_for_ever
        loop do
          begin
            UNIXSocket.open(ENV['TIDEMARK_SOCKET']) { |socket| talk(socket) }
          rescue SystemCallError, IOError
            nil # tidemark is not there; a new one may come
          end
          sleep 1
        end
      end

      def talk(socket)
        socket.write("hello ruby\n")
        socket.write("draining\n") if @draining
        last = nil
        loop do
          stats = "stats served=#{@served} busy=#{[@busy, 0].max} waiting=#{waiting}\n"
          socket.write(stats) if stats != last
          last = stats
          next unless socket.wait_readable(@closing ? 0.05 : 1)

          obey(socket.readpartial(256))
          socket.write("draining\n") if @draining
        end
      end

      def obey(orders)
        @closing = true if orders.match?(/drain|finish/)
        return unless orders.include?('drain') && !@draining

        @draining = true
        TCPServer.prepend(LeaveQueueAlone) unless TCPServer < LeaveQueueAlone
        UNIXServer.prepend(LeaveQueueAlone) unless UNIXServer < LeaveQueueAlone
      end

      # Requests that a server has accepted and not begun.
      def waiting
        return 0 unless defined?(::Puma::Server)

        @puma ||= ObjectSpace.each_object(::Puma::Server).first
        @puma.respond_to?(:backlog) ? @puma.backlog.to_i : 0
      rescue StandardError
        0
      end
    end

    Process.singleton_class.prepend(SpeakAfterFork) if Process.respond_to?(:_fork)
    watch_for_servers
  end
end
