'use strict';
// Loaded by NODE_OPTIONS=--require into an app from which `tidemark capture` is to take heaps where
// it may neither attach nor open the inspector. It listens on a socket in a folder that only this
// user may enter, does nothing until it is asked, and keeps no process alive. Node cannot fork: a
// snapshot stops the event loop while it is taken.
//
// A client says "tidemark-1 heap", "tidemark-1 gc-stats", or "tidemark-1 KIND SECONDS" for the kinds
// alloc-profile, alloc-timeline and cpu-profile. The answer ends with "\n#tidemark done PAUSE_NS\n"
// or "\n#tidemark failed REASON\n".

const mark = Symbol.for('tidemark.capture');
const isMain = () => {
  try {
    return require('worker_threads').isMainThread;
  } catch {
    return true;
  }
};

if (isMain() && !process[mark]) {
  process[mark] = true;
  const fs = require('fs');
  const net = require('net');
  const path = require('path');

  const ours = (folder) => {
    try {
      const status = fs.lstatSync(folder);
      return status.isDirectory() && status.uid === process.geteuid() && (status.mode & 0o077) === 0;
    } catch {
      return false;
    }
  };
  const make = (folder) => {
    try {
      fs.mkdirSync(folder, { mode: 0o700 });
      return true;
    } catch {
      return false;
    }
  };
  const places = [process.env.TMPDIR, '/tmp', '/dev/shm', process.env.XDG_RUNTIME_DIR]
    .filter(Boolean)
    .map((place) => `${place}/tidemark-${process.geteuid()}`);

  const finish = (client, words) => {
    client.end(`\n#tidemark ${words.slice(0, 300).replace(/\n/g, ' ')}\n`);
  };

  const statistics = () => {
    const v8 = require('v8');
    const all = v8.getHeapStatistics();
    let old = 0;
    for (const space of v8.getHeapSpaceStatistics()) {
      all[`${space.space_name}.size`] = space.space_size;
      all[`${space.space_name}.used_size`] = space.space_used_size;
      if (!space.space_name.startsWith('new_')) old += space.space_used_size;
    }
    return JSON.stringify({
      runtime: 'node',
      version: process.versions.node,
      used_bytes: all.used_heap_size,
      heap_bytes: all.total_heap_size,
      old_bytes: old,
      external_bytes: all.external_memory,
      malloced_bytes: all.malloced_memory,
      all,
    });
  };

  // What the inspector sends in pieces, without an inspector that others could reach.
  const stream = (client, session, method, params) => {
    session.on('HeapProfiler.addHeapSnapshotChunk', (event) => client.write(event.params.chunk));
    const begun = process.hrtime.bigint();
    session.post(method, params, (error) => {
      const pause = process.hrtime.bigint() - begun;
      session.disconnect();
      finish(client, error ? `failed ${error.message}` : `done ${pause}`);
    });
  };

  const profile = (client, session, stop) => {
    session.post(stop, (error, result) => {
      session.disconnect();
      if (error) return finish(client, `failed ${error.message}`);
      client.write(JSON.stringify(result.profile));
      return finish(client, 'done 0');
    });
  };

  const answer = (client, words) => {
    const [version, kind, argument] = words.trim().split(' ');
    if (version !== 'tidemark-1') return client.destroy();
    if (kind === 'gc-stats') {
      client.write(`${statistics()}\n`);
      return finish(client, 'done 0');
    }
    const { Session } = require('inspector');
    const session = new Session();
    session.connect();
    const wait = (then) => {
      const timer = setTimeout(then, Number(argument) * 1000);
      // A client that goes away ends it.
      client.once('close', () => {
        clearTimeout(timer);
        try {
          session.disconnect();
        } catch {
          // it was disconnected
        }
      });
    };
    switch (kind) {
      case 'heap':
        return stream(client, session, 'HeapProfiler.takeHeapSnapshot', { reportProgress: false });
      case 'alloc-profile':
        session.post('HeapProfiler.startSampling', {
          samplingInterval: 32768,
          includeObjectsCollectedByMajorGC: true,
          includeObjectsCollectedByMinorGC: true,
        });
        return wait(() => profile(client, session, 'HeapProfiler.stopSampling'));
      case 'alloc-timeline':
        session.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
        return wait(() => stream(client, session, 'HeapProfiler.stopTrackingHeapObjects', {}));
      case 'cpu-profile':
        session.post('Profiler.enable');
        session.post('Profiler.start');
        return wait(() => profile(client, session, 'Profiler.stop'));
      default:
        session.disconnect();
        return finish(client, `failed there is no ${kind}`);
    }
  };

  const onClient = (client) => {
    let words = '';
    client.on('error', () => client.destroy());
    client.setTimeout(5000, () => client.destroy());
    client.setEncoding('utf8');
    client.on('data', (text) => {
      if (words.endsWith('\n')) return;
      words += text;
      if (words.length > 200) return client.destroy();
      if (!words.endsWith('\n')) return undefined;
      client.setTimeout(0);
      try {
        return answer(client, words);
      } catch (error) {
        return finish(client, `failed ${error.message}`);
      }
    });
  };

  try {
    const folder = [__dirname, ...places].find(ours) || places.find(make);
    if (folder) {
      const place = path.join(folder, `capture-${process.pid}.sock`);
      fs.rmSync(place, { force: true });
      const server = net.createServer({ allowHalfOpen: true }, onClient);
      server.on('error', () => {});
      // exclusive: a cluster's primary would listen in our place.
      server.listen({ path: place, exclusive: true });
      server.unref();
      process.on('exit', () => fs.rmSync(place, { force: true }));
    }
  } catch {
    // the app is more important
  }
}
