'use strict';

const THINGS = ['Lamp', 'Chair', 'Kettle', 'Radio', 'Blanket', 'Ladder', 'Teapot', 'Basket', 'Clock', 'Stool'];
const SIZE = 500;
const CACHED = 500;

// The products, and the last searches for them.
//
// The cache is no leak, although it looks like one for a while: it grows to CACHED searches, and from then on each new
// one drives out the oldest.
class Catalog {
  #products = Array.from({ length: SIZE }, (_, id) => ({ id, name: `${THINGS[id % 10]} No. ${id}`, cents: 900 + ((id * 37) % 20000) }));
  #searches = new Map();

  get cached() {
    return this.#searches.size;
  }

  find(id) {
    return this.#products[id % SIZE];
  }

  search(term) {
    const known = this.#searches.get(term);
    if (known) return known;
    const words = term.toLowerCase().split(/\s+/);
    const found = this.#products.filter(({ name }) => words.some((word) => word && name.toLowerCase().includes(word))).slice(0, 20);
    if (this.#searches.size >= CACHED) this.#searches.delete(this.#searches.keys().next().value);
    this.#searches.set(term, found);
    return found;
  }
}

module.exports = { Catalog };
