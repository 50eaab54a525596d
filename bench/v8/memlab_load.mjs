// Loads a heap snapshot with memlab and adds up its classes: node memlab_load.mjs FILE
import { createRequire } from 'node:module';

const { getFullHeapFromFile } = createRequire(import.meta.url)('@memlab/heap-analysis');
const heap = await getFullHeapFromFile(process.argv[2]);
const classes = new Map();
heap.nodes.forEach((node) => {
  const row = classes.get(node.name) ?? { count: 0, bytes: 0 };
  row.count += 1;
  row.bytes += node.self_size;
  classes.set(node.name, row);
});
console.log(`${classes.size} rows`);
