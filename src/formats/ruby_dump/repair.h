// The way back into lines that are not JSON.
//
// Ruby writes paths, class names and struct names without escaping them; 3.0 and 3.1 write stale
// bytes into method names; and a dump that was cut may share its last line with the next dump. Such
// lines are read by what must follow: a text ends at the quote that a known member or the end of
// the record follows, parsing goes on at the next known member, and never beyond the beginning of
// another record.
//
// Every search remembers the stretch in which it found nothing. So each byte of a block is searched
// a few times at most, however often a hostile line breaks.
#pragma once

namespace tidemark::ruby {

// Does a record, as Ruby writes them, begin at `p`?
bool record_at(const char* p, const char* end);

// Used by one thread, for one block after the other. Positions lie in the block, whose padding may
// be looked at.
class Repair {
 public:
  void begin_block(const char* end);

  // The newline that ends the line of `p`, or the end of the block.
  const char* line_stop(const char* p);

  // Where on the line the next record begins at or behind `p`; null when none does.
  const char* next_record(const char* p);

  // Where to go on after the member at `member` broke near `p`: at the quote before the next name
  // that we know. Null when the line ends or another record begins before one comes.
  const char* next_member(const char* member, const char* p);

  // The quote that ends the text from `begin` on, which may hold quotes; null when it is open.
  // `repaired` becomes true where JSON would have ended it earlier.
  const char* raw_text_end(const char* begin, bool& repaired);

 private:
  struct Stretch {
    const char* from = nullptr;
    const char* until = nullptr;
    [[nodiscard]] bool holds(const char* p) const { return from <= p && p < until; }
  };
  const char* record_or_stop(const char* p);

  const char* end_ = nullptr;
  Stretch line_;        // until its newline
  Stretch no_record_;   // until where a record begins or the line ends
  Stretch no_member_;   // no known member begins here
  Stretch no_closing_;  // no text ends here
};

}  // namespace tidemark::ruby
