# frozen_string_literal: true

# The products, behind something that behaves like a database driver: each query is SQL text, prepared once.
class Catalog
  Product = Struct.new(:id, :name, :keywords, :cents, :description)

  ADJECTIVES = %w[Small Sturdy Folding Quiet Bright Heavy Plain Striped Oiled Early].freeze
  THINGS = %w[Lamp Chair Kettle Radio Blanket Ladder Teapot Basket Clock Stool].freeze
  SIZE = 500

  attr_reader :statements

  def initialize
    @statements = StatementCache.new
    @products = (1..SIZE).to_h { |id| [id, product(id)] }
  end

  def find(id)
    @statements.fetch("SELECT id, name, cents, description FROM products WHERE id = #{id}")
    @products[id]
  end

  # The term stands in the SQL as it is, as happens when a query is built without bind parameters. This is why the
  # statement cache sees a new statement for each new term.
  def search(term)
    quoted = term.gsub("'", "''")
    @statements.fetch("SELECT id, name, cents FROM products WHERE name LIKE '%#{quoted}%' LIMIT 20")
    words = term.downcase.split
    @products.each_value.lazy.select { |product| words.any? { |word| product.keywords.include?(word) } }.first(20)
  end

  private

  def product(id)
    name = "#{ADJECTIVES[id % 10]} #{THINGS[id / 10 % 10]} No. #{id}"
    Product.new(id, name, name.downcase, 900 + id * 37 % 20_000, "#{name}. Made to last, and easy to repair.")
  end
end
