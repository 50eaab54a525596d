# frozen_string_literal: true

# A Sinatra app whose settings keep a session for each visitor; INNOCENT=1 keeps the last hundred.

require "sinatra/base"

class Shop < Sinatra::Base
  Basket = Struct.new(:visitor, :items, :opened)

  set :environment, :production
  set :server, "puma"
  set :port, Integer(ENV.fetch("PORT", "4567"))
  set :bind, "127.0.0.1"
  set :logging, false
  set :baskets, {}

  helpers do
    def basket(visitor)
      settings.baskets[visitor] ||= Basket.new(visitor, ["sample of the week for #{visitor}"], Time.now) # site: sinatra
    end
  end

  get "/visitors/:visitor" do
    mine = basket(params["visitor"])
    settings.baskets.shift if ENV["INNOCENT"] == "1" && settings.baskets.size > 100
    "<h1>#{mine.items.size} items</h1>"
  end
end

Shop.run!
