# A Rails app of Debian's packages in one file, with all of Rails loaded as in production, that holds
# OBJECTS small objects.
require "action_controller/railtie"
require "action_mailer/railtie"
require "active_job/railtie"
require "active_record"

KEEP = Array.new(Integer(ENV.fetch("OBJECTS"))) { |i| { id: i, name: "user #{i}" } }

class Shop < Rails::Application
  config.root = "/tmp"
  config.eager_load = true
  config.secret_key_base = "0" * 64
  config.logger = Logger.new(IO::NULL)
  config.hosts.clear
  routes.append { root to: "items#index" }
end

class ItemsController < ActionController::Base
  def index
    render json: Array.new(300) { |i| { i: i, text: "x#{i}" } }
  end
end

[ActionController, ActiveRecord].each(&:eager_load!)
Shop.initialize!
run Shop
