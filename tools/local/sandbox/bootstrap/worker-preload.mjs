// Loaded before aws-lambda-ric in its main thread and in each of its worker threads: lets the asset find its modules as our own runtime
// does. Worker threads get no arguments, so what it needs to know is in its own URL. Plain JavaScript like bootstrap.mjs.
import { isMainThread } from 'node:worker_threads';
import { isolateModules } from './modules.mjs';

const { searchParams } = new URL(import.meta.url);
isolateModules(process.env.LAMBDA_TASK_ROOT, searchParams.getAll('sdk'));
const [port, token] = ['inspector-port', 'inspector-token'].map((name) => searchParams.get(name));
if (port !== null && !isMainThread) {
  const { offerInspector } = await import('./worker-inspector.mjs');
  offerInspector(Number(port), token);
}
