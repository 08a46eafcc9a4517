// The Runtime API's client inside a function's process, on a bare socket: Lambda's own is native code, and node:http would
// take 6 MB of the function's memory (Node 24.21). It talks to one server only, the runner's (runtime-api.ts), which keeps the
// connection and always tells a length. Plain JavaScript without imports of ours, like bootstrap.mjs.
import { connect } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

// Parts of an event pass through this one area on their way to the event's own.
const readBytes = 65_536;
const endOfHead = '\r\n\r\n';

/**
 * Connects to `api`, `host:port`, with the `token` that it asks for. `next()` gives the headers, in lower case, and the text of the next event;
 * `post(path, text, errorType)` resolves when the server has answered. One call at a time. A connection that ends is
 * the runner's end or its verdict over this process, which exits with 1.
 */
export function createRuntimeClient(api, token) {
  const [host, port] = api.split(':');
  const frame = `\r\nhost: ${api}\r\nx-tailrace-token: ${token}\r\ncontent-length: `;
  let incoming = createIncoming();
  let answered;
  const take = (bytes) => {
    if (!incoming.take(bytes)) return;
    const { headers, body } = incoming;
    incoming = createIncoming();
    // Between two calls the connection keeps nobody alive: a function whose event loop runs empty ends.
    socket.unref();
    answered({ headers, body });
  };
  const onread = {
    buffer: Buffer.allocUnsafeSlow(readBytes),
    callback(length, buffer) {
      take(buffer.subarray(0, length));
      return true;
    },
  };
  const socket = connect({ host, port: Number(port), noDelay: true, onread });
  socket.on('error', () => process.exit(1));
  socket.on('close', () => process.exit(1));

  const call = (head, text = '') =>
    new Promise((resolve) => {
      answered = resolve;
      socket.ref();
      const length = Buffer.byteLength(text);
      socket.write(head + frame + length + endOfHead + text);
    });

  return {
    async next() {
      const { headers, body } = await call('GET /2018-06-01/runtime/invocation/next HTTP/1.1');
      // As in native code, the text is on the heap: toString() keeps a text of more than 1 MB outside, where 64 MB of them wait
      // for a collection. And the bytes are gone before it is parsed.
      const text = new StringDecoder('utf8').end(body);
      body.buffer.transfer(0);
      return { headers, text };
    },
    async post(path, text, errorType) {
      const type =
        errorType === undefined ? '' : `\r\nlambda-runtime-function-error-type: ${toHeader(errorType)}`;
      await call(`POST /2018-06-01/runtime${path} HTTP/1.1\r\ncontent-type: application/json${type}`, text);
    },
  };
}

/** One answer on its way: `take` gives true once it is whole. */
function createIncoming() {
  let head = '';
  let headers;
  let body;
  let filled = 0;
  return {
    get headers() {
      return headers;
    },
    get body() {
      return body;
    },
    take(bytes) {
      let rest = bytes;
      if (headers === undefined) {
        const seen = head.length;
        head += bytes.latin1Slice();
        const end = head.indexOf(endOfHead);
        if (end === -1) return false;
        headers = parseHeaders(head.slice(0, end));
        body = Buffer.allocUnsafeSlow(Number(headers['content-length']));
        rest = bytes.subarray(end + endOfHead.length - seen);
      }
      filled += rest.copy(body, filled);
      return filled === body.length;
    },
  };
}

// The name of an error is the function's own choice.
function toHeader(text) {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}

function parseHeaders(head) {
  const lines = head.split('\r\n').slice(1);
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), copy(line.slice(colon + 1).trim())];
    }),
  );
}

// A slice is a window on all that was read with the head, 64 KB of the event: a function that keeps its request id, as an
// error's frames do, would keep that as well. Native code gives texts of their own.
function copy(text) {
  return Buffer.from(text, 'latin1').latin1Slice();
}
