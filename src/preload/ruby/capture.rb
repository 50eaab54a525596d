# frozen_string_literal: true

# Loaded by RUBYOPT into an app from which `tidemark capture` is to take heaps where it may not
# attach. A thread listens on a socket in a folder that only this user may enter, and does nothing
# until it is asked. A heap is dumped by a forked copy: the app pauses for the fork alone. Forked
# workers listen for themselves.
#
# A client says "tidemark-1 heap", "tidemark-1 heap gc", "tidemark-1 gc-stats" or
# "tidemark-1 alloc-profile SECONDS". The answer ends with "\n#tidemark done PAUSE_NS\n" or
# "\n#tidemark failed REASON\n".
#
# Where a socket once.sock lies beside this file, it does not listen: it answers what is asked
# through that socket, once, and nothing of it stays. The gem rbtrace has it loaded that way, by
# load(path, true), into a module without a name.
unless defined?(TidemarkCapture) && !File.socket?("#{__dir__}/once.sock")
  require 'socket'

  module TidemarkCapture
    GC_KEYS = %i[count heap_allocated_pages heap_available_slots heap_live_slots heap_free_slots
                 heap_marked_slots total_allocated_objects total_freed_objects malloc_increase_bytes
                 malloc_increase_bytes_limit minor_gc_count major_gc_count old_objects
                 old_objects_limit oldmalloc_increase_bytes oldmalloc_increase_bytes_limit].freeze

    class << self
      def listen
        @server&.close
        @server = nil
        folder = own_folder or return
        @path = "#{folder}/capture-#{Process.pid}.sock"
        File.unlink(@path) if File.socket?(@path)
        @server = UNIXServer.new(@path)
        @pid = Process.pid
        server = @server
        quiet_thread('tidemark capture') { serve(server) }
      rescue StandardError
        nil # the app is more important
      end

      # In a forked child, where threads are no more.
      def listen_again
        listen unless Thread.current[:tidemark_copy]
      end

      def forget
        File.unlink(@path) if @server && @pid == Process.pid
      rescue StandardError
        nil
      end

      # False: nobody waits beside this file, so it is here to stay.
      def once
        path = "#{__dir__}/once.sock"
        return false unless File.socket?(path)

        client = UNIXSocket.new(path)
        begin
          answer(client)
        ensure
          client.close
        end
        true
      end

      private

      def quiet_thread(name, &block)
        Thread.new(&block).tap do |thread|
          thread.name = name
          thread.report_on_exception = false
          thread.abort_on_exception = false
        end
      end

      def own_folder
        places = [__dir__, *[ENV['TMPDIR'], '/tmp', '/dev/shm', ENV['XDG_RUNTIME_DIR']].compact.map do |place|
          "#{place}/tidemark-#{Process.euid}"
        end]
        places.find { |place| ours?(place) } || make_folder(places[1..])
      end

      def ours?(folder)
        status = File.lstat(folder)
        status.directory? && status.uid == Process.euid && (status.mode & 0o077).zero?
      rescue SystemCallError
        false
      end

      def make_folder(places)
        places.find do |place|
          Dir.mkdir(place, 0o700)
          true
        rescue SystemCallError
          false
        end
      end

      def serve(server)
        loop do
          client = server.accept
          quiet_thread('tidemark client') do
            answer(client)
          rescue Exception
            nil
          ensure
            client.close
          end
        end
      rescue IOError, SystemCallError
        nil
      end

      def answer(client)
        return unless [Process.euid, 0].include?(client.getpeereid.first)
        return unless client.wait_readable(5)

        version, command, argument = client.gets(200).to_s.split
        return unless version == 'tidemark-1'

        case command
        when 'heap' then dump(client, argument == 'gc')
        when 'gc-stats' then statistics(client, argument == 'gc')
        when 'alloc-profile' then sample(client, argument.to_i)
        else finish(client, "failed there is no #{command}")
        end
      end

      def finish(client, words)
        client.write("\n#tidemark #{words[0, 300].tr("\n", ' ')}\n")
      end

      def clock
        Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
      end

      def dump(client, collect)
        begun = clock
        Thread.current[:tidemark_copy] = true
        copy = Process.fork { dump_in_copy(client, collect, clock - begun) }
        Thread.current[:tidemark_copy] = nil
        yield if block_given?
        Process.wait(copy)
      rescue Errno::ECHILD
        nil # the app has waited for all of its children
      rescue SystemCallError => error
        finish(client, "failed #{error.message}")
      end

      def dump_in_copy(client, collect, pause)
        become_harmless(client)
        require 'objspace'
        collect ? GC.start : GC.disable
        GC.disable
        client.fcntl(4, 0) # F_SETFL: Ruby 3.4 writes through stdio, which cannot wait otherwise
        ObjectSpace.dump_all(output: client)
        client.flush
        finish(client, "done #{pause}")
        Process.exit!(0)
      rescue Exception => error
        begin
          finish(client, "failed #{error.class}: #{error.message}")
        ensure
          Process.exit!(1)
        end
      end

      # First in line when memory runs short, last for the processors; without the app's connections.
      def become_harmless(client)
        %w[INT TERM HUP USR1 USR2 QUIT ALRM CHLD].each { |name| trap(name, 'DEFAULT') }
        File.write('/proc/self/oom_score_adj', '1000')
        Process.setpriority(Process::PRIO_PROCESS, 0, 10)
        null = File.open(File::NULL, 'r+')
        Dir.children('/proc/self/fd').map(&:to_i).each do |number|
          next if number < 3 || [client.fileno, null.fileno].include?(number)

          IO.for_fd(number, autoclose: false).reopen(null)
        rescue StandardError
          next # one of Ruby's own, or closed by now
        end
      rescue StandardError
        nil
      end

      def statistics(client, collect)
        begun = clock
        GC.start if collect
        all = GC.stat.slice(*GC_KEYS)
        pause = clock - begun
        client.write(statistics_text(all))
        finish(client, "done #{pause}")
      end

      def statistics_text(all)
        page = GC::INTERNAL_CONSTANTS[:HEAP_PAGE_SIZE] || (RUBY_VERSION < '3.2' ? 16_384 : 65_536)
        pages = all.fetch(:heap_allocated_pages, 0) * page
        slot = pages.fdiv([all.fetch(:heap_available_slots, 1), 1].max)
        numbers = { after_gc_bytes: (all.fetch(:heap_marked_slots, 0) * slot).to_i,
                    used_bytes: (all.fetch(:heap_live_slots, 0) * slot).to_i, heap_bytes: pages,
                    old_objects: all[:old_objects], malloc_increase_bytes: all[:malloc_increase_bytes],
                    oldmalloc_increase_bytes: all[:oldmalloc_increase_bytes],
                    minor_collections: all[:minor_gc_count], major_collections: all[:major_gc_count] }
        members = ->(hash) { hash.compact.map { |key, value| "\"#{key}\":#{value}" }.join(',') }
        "{\"runtime\":\"ruby\",\"version\":\"#{RUBY_VERSION}\",#{members[numbers]},\"all\":{#{members[all]}}}\n"
      end

      def sample(client, seconds)
        require 'objspace'
        ObjectSpace.trace_object_allocations_start
        traced = true
        off = lambda do
          ObjectSpace.trace_object_allocations_stop if traced
          traced = false
        end
        # A client that goes away ends it.
        client.wait_readable(seconds)
        dump(client, false, &off)
      ensure
        off&.call
      end
    end

    # Ruby 3.1 and later come by here for every fork but Process.daemon.
    module AfterFork
      def _fork
        super.tap { |pid| TidemarkCapture.listen_again if pid.zero? }
      end
    end

    module AfterDaemon
      def daemon(...)
        super.tap { TidemarkCapture.listen_again }
      end
    end

    # Ruby 3.0.
    module AfterOldFork
      def fork
        if block_given?
          super do
            TidemarkCapture.listen_again
            yield
          end
        else
          super.tap { |pid| TidemarkCapture.listen_again unless pid }
        end
      end
    end

    unless once
      if Process.respond_to?(:_fork)
        Process.singleton_class.prepend(AfterFork)
      else
        [Kernel, Kernel.singleton_class, Process.singleton_class].each { |place| place.prepend(AfterOldFork) }
      end
      Process.singleton_class.prepend(AfterDaemon)
      at_exit { TidemarkCapture.forget }
      listen
    end
  end
end
