# frozen_string_literal: true

# Prepared statements by their SQL, least recently used out first.
#
# Not a leak, although it looks like one for a while: it grows until it holds LIMIT statements, and from then on each
# new statement drives out an old one. Two heap dumps taken while it fills, or a diff that only counts new objects,
# blame it all the same.
class StatementCache
  LIMIT = 1_000

  Statement = Struct.new(:name, :sql, :columns, :plan)

  attr_reader :prepared

  def initialize(limit = LIMIT)
    @limit = limit
    @statements = {}
    @prepared = 0
    @lock = Mutex.new
  end

  def size
    @statements.size
  end

  def fetch(sql)
    @lock.synchronize do
      # Taken out and put in again: a Hash keeps the order of insertion, so the oldest use stands first.
      statement = @statements.delete(sql) || prepare(sql)
      @statements.shift if @statements.size >= @limit
      @statements[sql] = statement
    end
  end

  private

  def prepare(sql)
    @prepared += 1
    columns = sql[/SELECT (.+) FROM/, 1].split(", ")
    Statement.new("statement_#{@prepared}", sql, columns, { "scan" => "products", "filter" => sql[/WHERE .+/] })
  end
end
