// The local AWS endpoints' own process: what they hold is not the runner's memory, and they work on a core of their own. It ends
// with whoever has started it, however that ends. Started by endpoints.ts with the folder of its data, never imported.
import { setFlagsFromString } from 'node:v8';
import { createGuard } from '../permissions/guard.ts';
import type { Answer, Question } from '../endpoints.ts';
import { startServices } from './services.ts';

// What passes through is garbage at once; V8 by itself lets the heap grow fourfold before it looks.
setFlagsFromString('--heap-growing-percent=20');
// Ctrl-C reaches the whole process group: the functions that are being stopped then still call.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit(0));

const [folder = '', region = ''] = process.argv.slice(2);
const say = (answer: Answer): void => {
  // Once the parent is gone, nobody listens.
  if (process.connected) process.send?.(answer, undefined, undefined, () => {});
};
const guard = createGuard((denial) => say({ kind: 'denied', denial }));

try {
  const services = await startServices(folder, { region, guard });
  process.on('message', (question: Question) => {
    const { id } = question;
    if (question.kind === 'permit') guard.permit(question.permissions);
    const name = question.kind === 'copy' ? services.copyQueue(question.queue) : '';
    say({ kind: 'done', id, name });
  });
  say({ kind: 'ready', urls: services.urls });
} catch (error) {
  say({ kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
