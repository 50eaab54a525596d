'use strict';
// Loaded by NODE_OPTIONS=--require into an app that `tidemark run` keeps. It does nothing until an
// HTTP server listens. Then it counts requests and tells tidemark the counts and the event loop's
// delay once a second; and when tidemark says so, this process drains: every answer carries
// `Connection: close` and no further connection is accepted. It touches no request and no body, and
// keeps no process alive that does not drain.
//
// Lines to tidemark: "hello node", "stats served=N busy=N lag=MS", "draining". From it: "drain"; "finish",
// which is the same but goes on accepting, for the end of all workers.
//
// SIGTERM: Node ends at once and drops what it was answering. Where the app has no handler of its
// own, what has begun is answered first.

const path = process.env.TIDEMARK_SOCKET;
const isMain = () => {
  try {
    return require('worker_threads').isMainThread;
  } catch {
    return true;
  }
};

if (path && isMain() && !process[Symbol.for('tidemark.supervised')]) {
  process[Symbol.for('tidemark.supervised')] = true;
  const net = require('net');
  const port = Number(process.env.TIDEMARK_PORT || 0);
  const servers = new Set();
  const open = new Set(); // answers that are not finished
  let served = 0;
  let closing = false;
  let draining = false;
  let lag = 0;
  let told = false;

  const sayClose = (response) => {
    if (!response.headersSent) response.shouldKeepAlive = false;
  };

  const onRequest = (request, response) => {
    open.add(response);
    if (closing) sayClose(response);
    response.once('close', () => {
      if (open.delete(response)) served += 1;
    });
  };

  const stopAccepting = (server) => {
    // Of net.Server: http.Server's own close() also ends connections that are idle at the moment.
    if (server.listening) net.Server.prototype.close.call(server);
  };

  const drain = (accepts) => {
    if (!closing) {
      closing = true;
      open.forEach(sayClose);
    }
    if (!accepts && !draining) {
      draining = true;
      servers.forEach(stopAccepting);
    }
  };

  const onTerminate = () => {
    if (process.listenerCount('SIGTERM') > 1) {
      drain(true); // the app sees to its end itself
      return;
    }
    const since = Date.now();
    let quiet = 0;
    drain(true);
    const check = () => {
      quiet = open.size === 0 ? quiet + 1 : 0;
      if (quiet > (draining ? 0 : 10) || Date.now() - since > 20000) {
        process.removeListener('SIGTERM', onTerminate);
        process.kill(process.pid, 'SIGTERM');
      } else {
        setTimeout(check, 50);
      }
    };
    check();
  };

  const talk = () => {
    const socket = net.createConnection({ path });
    const stay = () => socket.ref(); // so that it ends by its signal, and its handlers run
    let last = '';
    let timer = null;
    const report = () => {
      const stats = `stats served=${served} busy=${open.size} lag=${lag}\n`;
      if (stats !== last) socket.write(stats);
      last = stats;
      timer = setTimeout(report, closing ? 50 : 1000);
      timer.unref();
    };
    socket.unref();
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      socket.write(draining ? 'hello node\ndraining\n' : 'hello node\n');
      report();
    });
    socket.on('data', (orders) => {
      if (orders.includes('drain')) drain(false);
      else if (orders.includes('finish')) drain(true);
      if (!closing) return;
      if (draining) {
        stay();
        socket.write('draining\n');
      }
      clearTimeout(timer);
      report();
    });
    socket.on('error', () => {}); // tidemark is not there; a new one may come
    socket.on('close', () => {
      clearTimeout(timer);
      setTimeout(talk, 1000).unref();
    });
  };

  const onListening = (server) => {
    const address = server.address();
    if (port && (!address || address.port !== port)) return;
    servers.add(server);
    server.once('close', () => servers.delete(server));
    server.prependListener('request', onRequest);
    if (draining) stopAccepting(server);
    if (told) return;
    told = true;
    process.on('SIGTERM', onTerminate);
    let due = Date.now() + 500;
    setInterval(() => {
      const now = Date.now();
      lag = Math.max(0, now - due);
      due = now + 500;
    }, 500).unref();
    talk();
  };

  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (...args) {
    const http = require('http');
    const https = require('https');
    if (this instanceof http.Server || this instanceof https.Server) {
      this.once('listening', () => onListening(this));
    }
    return listen.apply(this, args);
  };
}
