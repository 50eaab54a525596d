// Writes three heap snapshots of one process into the folder that it is given: a.heapsnapshot,
// b.heapsnapshot, c.heapsnapshot. Between them a Map gathers sessions and timers gather closures,
// while a cache of 300 entries replaces all of its own.
'use strict';
const path = require('node:path');
const v8 = require('node:v8');

class Session {
  constructor(number) {
    this.user = `user ${number}`;
    this.history = [`/orders/${number}`, `/orders/${number}/items`];
  }
}
class CacheEntry {
  constructor(key) {
    this.rendered = `<p>${key}</p>`;
  }
}

const sessions = new Map();
const cache = new Map();
let requests = 0;

function startBanner(number) {
  const discount = { amount: number, banner: new Array(20).fill(number + 0.5) };
  setInterval(function tick() { return discount.amount; }, 1e6).unref();
}

function handleRequest() {
  requests += 1;
  const session = new Session(requests);
  sessions.set(requests, session);
  if (requests % 10 === 0) startBanner(requests);
  cache.set(requests, new CacheEntry(requests));
  if (cache.size > 300) cache.delete(cache.keys().next().value);
}

const folder = process.argv[2];
for (const [name, count] of [['a', 1000], ['b', 700], ['c', 900]]) {
  for (let i = 0; i < count; i += 1) handleRequest();
  v8.writeHeapSnapshot(path.join(folder, `${name}.heapsnapshot`));
}
process.exit(0);
