'use strict';
// One leak at a time, chosen by LEAK, on Node's own http server; INNOCENT=1 runs its twin, which does the same work and
// lets go. The name to be found is marked.

const { EventEmitter } = require('node:events');
const http = require('node:http');

const innocent = process.env.INNOCENT === '1';

class Visit {
  constructor(number, path) {
    this.number = number;
    this.path = path;
    this.note = `visit number ${number} of this process`;
  }
}

class Recent {
  items = new Map();
  constructor(limit) {
    this.limit = limit;
  }
  put(key, value) {
    this.items.delete(key);
    while (this.items.size >= this.limit) this.items.delete(this.items.keys().next().value);
    this.items.set(key, value);
  }
}

const sessions = new Map();
const seenNames = new Set();
const uploads = [];
const history = [];
const bus = new EventEmitter().setMaxListeners(0);
const recent = new Recent(innocent ? 300 : Number(undefined)); // no number: never full
const statements = new Recent(1000);

const kinds = {
  map(visit) {
    sessions.set(visit.number, visit); // name: sessions
    if (innocent && sessions.size > 100) sessions.delete(sessions.keys().next().value);
  },
  array(visit) {
    history.push(visit); // name: history
    if (innocent && history.length > 100) history.shift();
  },
  listener(visit) {
    function onPrice() { return visit.note; } // name: onPrice
    bus.on('price', onPrice);
    if (innocent) bus.off('price', onPrice);
  },
  timer(visit) {
    const timer = setInterval(function refresh() { return visit.note; }, 60_000); // name: refresh
    if (innocent) clearInterval(timer);
  },
  lru(visit) {
    recent.put(visit.number, visit); // name: recent
  },
  strings(visit) {
    seenNames.add(`the visitor with number ${visit.number}`.toUpperCase()); // name: seenNames
    if (innocent) seenNames.clear();
  },
  buffer(visit) {
    uploads.push(Buffer.alloc(20_000, visit.number)); // name: uploads
    if (innocent && uploads.length > 50) uploads.shift();
  },
  statements(visit) {
    statements.put(`SELECT name FROM products WHERE id = ${visit.number}`, { columns: ['name'] });
  },
};

const leak = kinds[process.env.LEAK ?? 'map'];
let count = 0;
const server = http.createServer((request, response) => {
  leak(new Visit(++count, request.url));
  response.end(`hello ${count}\n`);
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => console.log(`listening on :${server.address().port}`));
