// Preloaded into the processes of a test run: writes all that the process and its children print (functions' logs and metrics
// among it) into a file of the folder `TAILRACE_PAYLOAD_DUMP`, where payload-dump.ts looks for payloads. Plain JavaScript,
// because it comes before anything else, and adds nothing but a copy.
import { subscribe } from 'node:diagnostics_channel';
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.TAILRACE_PAYLOAD_DUMP;
if (folder !== undefined) tap(openSync(join(folder, `${process.pid}.dump`), 'a'));

function tap(file) {
  const keep = (part) => {
    if (typeof part === 'string' || ArrayBuffer.isView(part)) writeSync(file, part);
  };
  writeSync(file, `${process.argv.slice(1).join(' ')}\n`);
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = (part, ...rest) => {
      keep(part);
      return write(part, ...rest);
    };
  }
  // Node's own channel. Whoever reads a stream, in whatever way, makes it emit `data`.
  subscribe('child_process', ({ process: child }) => {
    process.nextTick(() => {
      for (const stream of [child.stdout, child.stderr]) {
        if (!stream) continue;
        const emit = stream.emit.bind(stream);
        stream.emit = (name, ...values) => {
          if (name === 'data') keep(values[0]);
          return emit(name, ...values);
        };
      }
    });
  });
  // What tests catch before it is printed: a logger's lines, a local run's events.
  subscribe('tailrace:payload-dump', (text) => keep(`${text}\n`));
}
