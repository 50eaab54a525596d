// Requests at a fixed rate, whatever the answers do; latencies from when each was due.
//   node load.js PORT|SOCKET REQUESTS_PER_SECOND SECONDS
const http = require('http');
const where = /^\d+$/.test(process.argv[2]) ? { port: Number(process.argv[2]) } : { socketPath: process.argv[2] };
const [rate, seconds] = process.argv.slice(3).map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const latencies = [];
const total = rate * seconds;
const begun = performance.now();
let sent = 0;
let failed = 0;

function finish() {
  if (latencies.length + failed < total) return;
  latencies.sort((a, b) => a - b);
  const at = (part) => latencies[Math.min(latencies.length - 1, Math.floor(part * latencies.length))];
  console.log(JSON.stringify({ sent, failed, p50: at(0.5), p99: at(0.99), max: at(1) }));
  process.exit(0);
}

function request(due) {
  sent += 1;
  const fail = () => { failed += 1; finish(); };
  http.get({ ...where, agent, timeout: 120000 }, (response) => {
    response.on('error', fail).on('data', () => {}).on('end', () => {
      if (response.statusCode !== 200) return fail();
      latencies.push(performance.now() - due);
      return finish();
    });
  }).on('error', fail);
}

const timer = setInterval(() => {
  for (let due; sent < total && (due = begun + sent * 1000 / rate) <= performance.now();) request(due);
  if (sent >= total) clearInterval(timer);
}, 1);
