// A worker thread's own inspector, for whoever has started the process: the port that Node opens leads to the main thread alone. Plain
// JavaScript like bootstrap.mjs.
import { Session } from 'node:inspector';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Connects to 127.0.0.1 and answers calls there, a JSON document a line, after `token` as the first; the thread does not live for it. */
export function offerInspector(port, token) {
  const socket = connect(port, '127.0.0.1');
  const session = new Session();
  session.connect();
  const send = (message) => socket.write(`${JSON.stringify(message)}\n`);
  session.on('inspectorNotification', ({ method, params }) => send({ method, params }));
  createInterface({ input: socket }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    session.post(method, params, (error, result) => send(error === null ? { id, result } : { id, error }));
  });
  // Whoever listened is gone, and ends this process by other ways.
  socket.on('error', () => session.disconnect());
  socket.unref();
  socket.write(`${token}\n`);
}
