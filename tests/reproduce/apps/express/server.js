'use strict';
// An Express app with a middleware that remembers each request for a debugging page; INNOCENT=1 keeps the last fifty.

const express = require('express');

const app = express();
const debugLog = [];

app.use((request, response, next) => {
  debugLog.push({ request, started: Date.now() }); // name: debugLog
  if (process.env.INNOCENT === '1' && debugLog.length > 50) debugLog.shift();
  next();
});
app.get('/visitors/:id', (request, response) => response.send(`<h1>visitor ${request.params.id}</h1>`));

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => console.log(`listening on :${server.address().port}`));
