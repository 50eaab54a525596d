// A Node.js server that holds OBJECTS small objects, in tables of 1,000 or with HEAP=flat in one array,
// which V8 marks in one thread only. GET /own takes a snapshot in the process itself.
const http = require('http');
const objects = Number(process.env.OBJECTS);
const table = process.env.HEAP === 'flat' ? objects : 1000;
const rows = (begin) => Array.from({ length: table }, (_, i) => ({ id: begin + i, name: `user ${begin + i}` }));
globalThis.keep = Array.from({ length: objects / table }, (_, k) => rows(k * table));
http.createServer((request, response) => {
  if (request.url === '/own') {
    require('v8').writeHeapSnapshot(process.env.OWN);
    return response.end();
  }
  const answer = Array.from({ length: 200 }, (_, i) => ({ i, text: `x${i}` }));
  return response.end(String(answer.length));
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
