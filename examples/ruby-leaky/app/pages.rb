# frozen_string_literal: true

require "rack"

# The shop's pages, as HTML text. All of it is garbage once the response is sent.
module Pages
  module_function

  def product(product)
    layout(product.name, <<~HTML)
      <h1>#{escape(product.name)}</h1>
      <p>#{escape(product.description)}</p>
      <p>#{price(product)}</p>
    HTML
  end

  def search(term, products)
    rows = products.map { |product| %(<li><a href="/products/#{product.id}">#{escape(product.name)}</a> #{price(product)}</li>) }
    layout("Search", <<~HTML)
      <h1>#{products.size} results for #{escape(term)}</h1>
      <ul>
      #{rows.join("\n")}
      </ul>
    HTML
  end

  def layout(title, body)
    <<~HTML
      <!doctype html>
      <title>#{escape(title)}</title>
      #{body}
    HTML
  end

  def price(product)
    format("%.2f EUR", product.cents / 100.0)
  end

  def escape(text)
    Rack::Utils.escape_html(text)
  end
end
