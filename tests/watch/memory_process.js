// A process whose memory does what it is told: leak, flat or bloat. Says when it begins, and ends by
// itself.
const mode = process.argv[2];
const kept = [];
const ring = new Array(2000).fill(null);
const started = Date.now();
console.log('ready');
setInterval(() => {
  const age = (Date.now() - started) / 1000;
  if (age > 120) process.exit();
  for (let i = 0; i < 20; i++) ring[Math.floor(Math.random() * ring.length)] = Buffer.alloc(2000, i);
  // By the clock, so that a busy machine does not bend the line.
  while (mode === 'leak' && kept.length < 30 * age) kept.push(Buffer.alloc(400000, 1));
  if (mode === 'bloat' && age > 14 && kept.length === 0) kept.push(Buffer.alloc(120000000, 1));
}, 20);
