// V8's inspector of a function's process, over the WebSocket that Node opens for it or over a socket of a worker thread: a call
// and its answer, and events.
// Its own file because it is all of the protocol that a soak needs, and the function's code stays as it is.
import { SoakError } from '../error.ts';

/** A connection to one process. */
export interface Inspector {
  /**
   * Calls a method of the Chrome DevTools Protocol.
   * @throws {SoakError} `INSPECTOR` when the process refuses it, `ENDED` when it ends before it answers.
   */
  readonly call: <T>(method: string, parameters?: object) => Promise<T>;
  /** Hands every event named `method` to `listener`, until the function returned is called. */
  readonly listen: (method: string, listener: (parameters: object) => void) => () => void;
  /** Lets go of the process; a process that is ending waits for that. */
  readonly close: () => void;
}

const ended = 'the process of the function has ended';

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: object;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** What carries the protocol's documents, one a message. */
interface Channel {
  readonly isOpen: () => boolean;
  readonly send: (text: string) => void;
  readonly close: () => void;
}

/** Takes what the other side says. */
interface Hearer {
  readonly onMessage: (text: string) => void;
  readonly onClose: () => void;
}

/**
 * Connects to the address that Node prints as `Debugger listening on ws://...`.
 * @throws {SoakError} `ENDED` when nobody listens there.
 */
export async function connectInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  const isOpen = (): boolean => socket.readyState === WebSocket.OPEN;
  const channel = { isOpen, send: (text: string) => socket.send(text), close: () => socket.close() };
  const { inspector, onMessage, onClose } = createInspector(channel);
  const opened = Promise.withResolvers<void>();
  socket.addEventListener('open', () => opened.resolve());
  socket.addEventListener('close', () => {
    opened.reject(new SoakError('ENDED', ended));
    onClose();
  });
  socket.addEventListener('message', ({ data }) => onMessage(String(data)));
  await opened.promise;
  return inspector;
}

/** Speaks the protocol over a channel, which hands on what it hears. */
export function createInspector(channel: Channel): Hearer & { readonly inspector: Inspector } {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners = new Map<string, (parameters: object) => void>();
  let calls = 0;
  const inspector: Inspector = {
    async call<T>(method: string, parameters: object = {}): Promise<T> {
      if (!channel.isOpen()) throw new SoakError('ENDED', ended);
      const answer = Promise.withResolvers<unknown>();
      const id = ++calls;
      waiting.set(id, answer);
      channel.send(JSON.stringify({ id, method, params: parameters }));
      return (await answer.promise) as T;
    },
    listen(method, listener) {
      listeners.set(method, listener);
      return () => void listeners.delete(method);
    },
    close: channel.close,
  };
  return {
    inspector,
    onMessage(text) {
      const { id, method, params, result, error } = JSON.parse(text) as Answer;
      if (id === undefined) listeners.get(method ?? '')?.(params ?? {});
      const call = waiting.get(id ?? 0);
      waiting.delete(id ?? 0);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new SoakError('INSPECTOR', `the inspector refuses a call: ${error.message}`));
    },
    onClose() {
      for (const { reject } of waiting.values()) reject(new SoakError('ENDED', ended));
      waiting.clear();
    },
  };
}
