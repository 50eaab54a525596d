// Writes three heap snapshots of one process that leaks in one way:
//   node node_leaks.js KIND FOLDER      writes a.heapsnapshot, b.heapsnapshot, c.heapsnapshot
'use strict';
const { EventEmitter } = require('node:events');
const { AsyncLocalStorage } = require('node:async_hooks');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

class Order {
  constructor(n) {
    this.number = n;
    this.note = `order ${n} of the day`;
  }
}

const bus = new EventEmitter();
bus.setMaxListeners(0);
const registry = new Map();
const names = new Set();
const log = [];
const handlers = [];
const waiting = [];
const scripts = [];
const buffers = [];
const storage = new AsyncLocalStorage();
const counters = {};
let history = '';
let newest = null;

const kinds = {
  listener(n) {
    const order = new Order(n);
    bus.on('price', function onPrice() { return order.number; });
  },
  interval(n) {
    const order = new Order(n);
    setInterval(function refresh() { return order.note; }, 1e8).unref();
  },
  timeout(n) {
    const order = new Order(n);
    setTimeout(() => order.note, 1e8).unref();
  },
  map(n) { registry.set(`order-${n}`, new Order(n)); },
  set(n) { names.add(`customer number ${n}`); },
  array(n) { log.push(new Order(n)); },
  object(n) { counters[`visits to page ${n}`] = new Order(n); },
  closure(n) {
    const order = new Order(n);
    const big = new Array(50).fill(n + 0.5);
    handlers.push(function handle() { return order.number; });
    handlers.push(function measure() { return big.length; });
  },
  promise(n) {
    const order = new Order(n);
    waiting.push(new Promise((resolve) => { order.done = resolve; }).then(() => order));
  },
  pending(n) {
    const order = new Order(n);
    (async () => { await new Promise(() => {}); return order; })();
    waiting.push(new Promise((resolve) => { waiting.resolve = resolve; }));
  },
  buffer(n) { buffers.push(Buffer.alloc(20000, n)); },
  code(n) { scripts.push(vm.runInThisContext(`(function made(a) { return a * ${n + 1e6}; })`)); },
  rope(n) { history += `visit ${n};`; },
  list(n) { newest = { order: new Order(n), before: newest }; },
  storage(n) { storage.run(new Order(n), () => { setTimeout(() => {}, 1e8).unref(); }); },
  symbol(n) { registry.set(Symbol.for(`key ${n}`), n); },
};

const [kind, folder] = process.argv.slice(2);
if (!Object.hasOwn(kinds, kind)) {
  console.error(`usage: node node_leaks.js KIND FOLDER; KIND is one of ${Object.keys(kinds).join(', ')}`);
  process.exit(2);
}
let made = 0;
const files = ['a', 'b', 'c'];

// As a server works: from the event loop, with nothing on the stack but this.
function serve() {
  for (let i = 0; i < 400; i += 1) kinds[kind](made += 1);
  setImmediate(snapshot);
}
function snapshot() {
  v8.writeHeapSnapshot(path.join(folder, `${files.shift()}.heapsnapshot`));
  if (files.length === 0) process.exit(0);
  setImmediate(serve);
}
setImmediate(serve);
