// Loads a heap snapshot with Chrome DevTools' own code, as its worker does, a second thread included,
// and prints how many rows its Summary view has: node devtools_load.js FILE
import { createReadStream } from 'node:fs';
import { isMainThread, MessageChannel, Worker, workerData } from 'node:worker_threads';
import * as HeapSnapshotModel from 'chrome-devtools-frontend/front_end/models/heap_snapshot/heap_snapshot.js';
import { SecondaryInitManager } from 'chrome-devtools-frontend/front_end/entrypoints/heap_snapshot_worker/HeapSnapshot.js';
import { HeapSnapshotLoader } from 'chrome-devtools-frontend/front_end/entrypoints/heap_snapshot_worker/HeapSnapshotLoader.js';

// Newer than Node.js 20.
(Promise as any).withResolvers ??= () => {
  const all: Record<string, unknown> = {};
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }));
  return all;
};

async function load(file: string): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const second = new Worker(new URL(import.meta.url), { workerData: { port: port2 }, transferList: [port2] });
  const loader = new HeapSnapshotLoader({ sendEvent() {} } as never);
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 22 })) {
    loader.write(chunk);
  }
  loader.close();
  const snapshot = await loader.buildSnapshot(port1 as never);
  const filter = new HeapSnapshotModel.HeapSnapshotModel.NodeFilter();
  const rows = snapshot.aggregatesWithFilter(filter);
  console.log(`${Object.keys(rows).length} rows`);
  await second.terminate();
  process.exit(0);
}

if (isMainThread) {
  load(process.argv[2]);
} else {
  new SecondaryInitManager(workerData.port);
}
