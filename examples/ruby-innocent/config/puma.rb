# frozen_string_literal: true

# One process, four threads: a heap dump is of one process, and this is all of it.
environment ENV.fetch("RACK_ENV", "production")
threads 4, 4
bind "tcp://127.0.0.1:#{ENV.fetch("PORT", "9292")}"
