# frozen_string_literal: true

# Puma's configuration with puma_worker_killer, for RAM_MB.
before_fork do
  require 'puma_worker_killer'
  PumaWorkerKiller.config do |config|
    config.ram = Integer(ENV.fetch('RAM_MB'))
    config.frequency = 5
    config.percent_usage = 0.98
    config.rolling_restart_frequency = false
  end
  PumaWorkerKiller.start
end
