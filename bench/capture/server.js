// A Node.js server that holds OBJECTS small objects. GET /own takes a snapshot in the process itself.
const http = require('http');
globalThis.keep = Array.from({ length: Number(process.env.OBJECTS) }, (_, i) => ({ id: i, name: `user ${i}` }));
http.createServer((request, response) => {
  if (request.url === '/own') {
    require('v8').writeHeapSnapshot(process.env.OWN);
    return response.end();
  }
  const rows = Array.from({ length: 200 }, (_, i) => ({ i, text: `x${i}` }));
  return response.end(String(rows.length));
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
