// Writes heap snapshots of a Node.js process whose heap looks like that of a web app: sessions with
// nested objects, closures and contexts, Maps, arrays, strings that were joined, timers.
//
//   node bench/make_snapshots.js --nodes 4000000 --out DIR [--count 3]
//
// DIR then holds 1.heapsnapshot, 2.heapsnapshot...: between two of them the heap grows by a tenth.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');
const { parseArgs } = require('node:util');

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000000' },
    count: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});
if (!values.out) {
  console.error('usage: node make_snapshots.js --nodes N --out DIR [--count N]');
  process.exit(2);
}

class Address {
  constructor(n) {
    this.street = `${n} Main Street`;
    this.zip = n % 99999;
  }
}
class Order {
  constructor(n, user) {
    this.user = user;
    this.total = n + 0.25;
    this.lines = [{ sku: `sku-${n % 500}`, quantity: n % 7 }, { sku: `sku-${(n + 1) % 500}`, quantity: 1.5 }];
    this.placed = new Date(n * 1000);
  }
}
class Session {
  constructor(n) {
    this.id = `session ${n}`;
    this.address = new Address(n);
    this.orders = [new Order(n, this), new Order(n + 1, this)];
    this.flash = new Map([['notice', `welcome back, user ${n}`]]);
    this.listeners = [];
  }
  on(listener) { this.listeners.push(listener); }
}

const store = new Map();
let made = 0;

function serve() {
  made += 1;
  const session = new Session(made);
  const trail = [];
  let last = '';
  for (let i = 0; i < 4; i += 1) {
    last = `${last}/${made}-${i}`;
    trail.push({ at: i, path: last, done: i % 2 === 0 });
  }
  session.on(function onExpire() { return trail[0].path + session.id; });
  session.on((event) => { trail.push(event); return last; });
  store.set(session.id, session);
}

fs.mkdirSync(values.out, { recursive: true });
const kNodesEach = 58;
for (let i = 1; i <= Number(values.count); i += 1) {
  const wanted = (Number(values.nodes) / kNodesEach) * (1 + (i - 1) / 10);
  while (made < wanted) serve();
  const file = path.join(values.out, `${i}.heapsnapshot`);
  v8.writeHeapSnapshot(file);
  console.log(`${file}: ${Math.round(fs.statSync(file).size / 1e6)} MB`);
}
process.exit(0);
