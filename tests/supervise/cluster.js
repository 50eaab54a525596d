'use strict';
// Node's own cluster: the primary replaces workers that end.
const cluster = require('cluster');

if (cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
  cluster.on('exit', () => cluster.fork());
} else {
  require('./app.js');
}
