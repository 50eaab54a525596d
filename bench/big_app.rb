# frozen_string_literal: true

require "bigdecimal"
require "set"

# The inside of a large Rails-like application, without Rails: some thousand generated classes with real
# methods, an identity map full of records, a bounded cache and one leak.
#
# Everything is compiled from generated source under the path it would have on a Heroku dyno (/app/...), so
# that the allocation sites of a dump spread over many files and lines as they do in a real application.
module BigApp
  DOMAINS = %w[
    Accounts Analytics Auth Billing Catalog Checkout Content Crm Delivery Export Forms Inventory Ledger Mailing
    Payroll Pricing Reviews Search Support Warehouse
  ].freeze
  NOUNS = %w[
    Account Address Adjustment Agreement Article Asset Attachment Audience Batch Booking Campaign Card Cart Category
    Channel Charge Comment Contact Coupon Customer Deal Device Discount Document Draft Event Invoice Item Label
    Location Message Note Offer Order Payment Product Refund Shipment Subscription Ticket
  ].freeze
  # Only models hold data; the other kinds are there because a third of a real heap is code.
  KINDS = { "" => "models", "Policy" => "policies", "Serializer" => "serializers", "Job" => "jobs", "Query" => "queries" }.freeze
  FIELDS = %w[
    title email status currency body price quantity rate tags settings due_at external_id summary address locale
    history amount
  ].freeze

  AUDIT_FILE = "/app/app/services/request_audit.rb"
  AUDIT_SOURCE = <<~'RUBY'
    # Keeps every request for ever: the leak.
    module RequestAudit
      Entry = Struct.new(:id, :path, :params, :headers, :at)
      LOG = []

      def self.record(number)
        params = { "page" => (number % 50).to_s, "q" => "term #{number}", "sort" => "price" }
        headers = { "User-Agent" => "client/#{number % 97}.0 (request #{number})", "Accept" => "text/html, */*;q=0.8" }
        LOG << Entry.new(number, "/orders/#{number}/lines", params, headers, Time.at(1_700_000_000 + number))
      end
    end
  RUBY

  CACHE_FILE = "/app/lib/statement_cache.rb"
  CACHE_SOURCE = <<~'RUBY'
    # Least recently used out: never more than the limit, whatever the traffic.
    class StatementCache
      Statement = Struct.new(:name, :sql, :columns)
      attr_reader :limit

      def initialize(limit)
        @limit = limit
        @statements = {}
      end

      def size
        @statements.size
      end

      def fetch(sql)
        statement = @statements.delete(sql) || Statement.new("s#{sql.sum}", sql, %w[id title status].map(&:dup))
        @statements.shift if @statements.size >= @limit
        @statements[sql] = statement
      end
    end
  RUBY

  BASE_FILE = "/app/app/models/application_record.rb"
  BASE_SOURCE = <<~'RUBY'
    class ApplicationRecord
      class << self
        attr_reader :records
        attr_accessor :accounts

        # Who may see a record: an array full of references to few objects.
        def readers_of(id)
          everyone = ApplicationRecord.accounts
          everyone.empty? ? [] : Array.new(8 + id % 13) { |n| everyone[(id * 31 + n * 7) % everyone.size] }
        end

        def inherited(model)
          super
          model.instance_variable_set(:@records, {})
        end

        def create(id, owner)
          @records[id] = new(id, owner)
        end
      end

      attr_reader :id, :attributes
    end
  RUBY

  VALUES_FILE = "/app/app/values/values.rb"
  VALUES_SOURCE = <<~'RUBY'
    class Money
      def initialize(cents, currency)
        @cents = cents
        @currency = currency
        @label = "#{cents / 100}.#{cents % 100} #{currency}"
      end
    end

    class PostalAddress
      def initialize(id)
        @street = "#{id % 200} Market Street"
        @city = "City #{id % 300}"
        @postcode = format("%05d", id % 100_000)
        @country = "DE"
        @lines = [@street, @city, @postcode, @country]
      end
    end
  RUBY

  module_function

  # Compiles the application; returns the models.
  def boot(class_count, accounts)
    eval(BASE_SOURCE, TOPLEVEL_BINDING, BASE_FILE)
    ApplicationRecord.accounts = accounts
    eval(VALUES_SOURCE, TOPLEVEL_BINDING, VALUES_FILE)
    eval(AUDIT_SOURCE, TOPLEVEL_BINDING, AUDIT_FILE)
    eval(CACHE_SOURCE, TOPLEVEL_BINDING, CACHE_FILE)
    names = NOUNS.product(DOMAINS, KINDS.keys).first(class_count)
    names.each_with_index.filter_map do |(noun, domain, kind), index|
      file = "/app/app/#{KINDS[kind]}/#{domain.downcase}/#{noun.downcase}#{"_#{kind.downcase}" unless kind.empty?}.rb"
      source = kind.empty? ? model_source(domain, noun, index) : service_source(domain, noun + kind, index)
      eval(source, TOPLEVEL_BINDING, file)
      Object.const_get("#{domain}::#{noun}") if kind.empty?
    end
  end

  # Looked up in the source, so that the truth cannot go stale when a line is added.
  def line_of(source, text)
    source.lines.index { |line| line.include?(text) } + 1
  end

  def model_source(domain, noun, index)
    fields = FIELDS.rotate(index % FIELDS.size).first(8 + index % 6)
    on_save = "@changes = Set['id', 'lock_#{index % 9}']; @on_save = ->(field) { @changes << field }" if index % 4 == 0
    <<~RUBY
      module #{domain}
        class #{noun} < ApplicationRecord
          STATUSES = %w[draft open paid void archived_#{index}].freeze
          PATTERN = /\\A#{noun.downcase}-(\\d+)-#{index}\\z/.freeze

          def initialize(id, owner)
            @id = id
            @owner = owner
            @lines = []
            @errors = nil
            @attributes = {
              "id" => id,
      #{fields.map { |field| "        #{field.dump} => #{field_source(field, noun)}," }.join("\n")}
            }
            #{on_save}
            @original = #{index % 5 < 4 ? "@attributes.dup" : "nil"}
            @readers = ApplicationRecord.readers_of(id)
            owner&.attach(self)
          end

          def attach(line)
            @lines.shift if @lines.size > 7
            @lines << line
          end

      #{methods_source(fields, index)}
        end
      end
    RUBY
  end

  def service_source(domain, name, index)
    <<~RUBY
      module #{domain}
        class #{name}
          OPTIONS = { queue: "#{domain.downcase}", retries: #{index % 7}, headers: { "X-Kind" => "#{name}" } }.freeze

      #{methods_source(FIELDS.rotate(index).first(9), index)}
        end
      end
    RUBY
  end

  # What a method body looks like matters for the sizes of its iseq and its constants, not for its result.
  def methods_source(fields, index)
    fields.each_with_index.map do |field, nth|
      <<-RUBY
    def #{field}_#{nth}(context = {}, *rest, force: false)
      value = context.fetch("#{field}") { |key| "missing \#{key} in #{index}" }
      return value if force || rest.empty?

      rest.map { |other| [other, value, "#{field}:\#{index_of(other)}"] }.select { |row| row.first != :skip }
    rescue KeyError, ArgumentError => error
      raise "could not read #{field} of #{index}: \#{error.message}"
    end
      RUBY
    end.join("\n")
  end

  def field_source(field, noun)
    case field
    when "title" then %("#{noun} \#{id}")
    when "email" then %("customer\#{id % 5000}@example.com")
    when "status" then %("pending_review".dup)
    when "currency" then %(%w[EUR USD GBP][id % 3].dup)
    when "body" then %("The quick brown fox, #{noun.downcase} \#{id}. " * (1 + id % 47))
    when "address" then %(PostalAddress.new(id))
    when "price" then %(Money.new(id % 90_000, "EUR"))
    when "amount" then %(BigDecimal(id % 100_000) / 100)
    when "quantity" then %(id % 12)
    when "rate" then %(Rational(id % 997 + 1, 1000))
    when "tags" then %(["new", "sale \#{id % 10}", "region \#{id % 40}", owner, "new"])
    when "settings" then %({ "theme" => "dark", "width" => id % 1280, "columns" => ["id", "title", "total \#{id % 3}"] })
    when "due_at" then %(Time.at(1_700_000_000 + id, in: "+00:00"))
    when "external_id" then %(0x1_0000_0000_0000_0000 + id)
    when "summary" then %(id % 2 == 0 ? "Zusätzliche Prüfung für \#{id}" : nil)
    when "locale" then %("en")
    when "history" then %([["created", id, "system"], ["updated", id + 1, "user \#{id % 300}"], @lines, owner])
    end
  end
end
