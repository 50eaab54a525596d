# frozen_string_literal: true

require "json"
require "rack"

# A small shop: one product page, one search, and a health check for whoever watches it.
class Shop
  def initialize(catalog, audit)
    @catalog = catalog
    @audit = audit
  end

  def call(env)
    request = Rack::Request.new(env)
    return health if request.path_info == "/health"

    @audit.record(request)
    case request.path_info
    when %r{\A/products/(\d+)\z} then show_product(Regexp.last_match(1).to_i)
    when "/search" then search(request.params["q"].to_s)
    else not_found
    end
  end

  private

  def show_product(id)
    product = @catalog.find(id)
    product ? html(200, Pages.product(product)) : not_found
  end

  def search(term)
    html(200, Pages.search(term, @catalog.search(term)))
  end

  def health
    state = { status: "ok", audited: @audit.size, statements: @catalog.statements.size }
    [200, { "content-type" => "application/json" }, [JSON.generate(state)]]
  end

  def not_found
    html(404, Pages.layout("Not found", "<h1>Not found</h1>"))
  end

  def html(status, body)
    [status, { "content-type" => "text/html; charset=utf-8" }, [body]]
  end
end
