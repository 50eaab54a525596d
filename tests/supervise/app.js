'use strict';
// A small app for the tests of `tidemark run`. / answers the pid; /slow takes 50 ms of processor
// time; /wait takes 300 ms; /leak keeps LEAK_KB (default 256) for ever.
const http = require('http');
const kept = [];

if (process.env.DEAF) process.on('SIGTERM', () => {}); // hangs at stop
const port = Number(process.env.APP_PORT || process.env.PORT);
http
  .createServer((request, response) => {
    const answer = () => response.end(`${process.pid}\n`);
    if (request.url === '/slow') {
      const until = Date.now() + 50;
      while (Date.now() < until);
    } else if (request.url === '/leak') {
      kept.push(Buffer.alloc(1024 * Number(process.env.LEAK_KB || 256), 1));
    } else if (request.url === '/wait') {
      setTimeout(answer, 300);
      return;
    }
    answer();
  })
  .listen(port);
if (process.env.DEAF) setInterval(() => {}, 1000);
