// Answers every call of an AWS service that has no local endpoint, in that service's own protocol, so that an SDK throws an
// error with a name and a message that says so, at once and without retries. Nothing else is answered, and nothing kept.
// Protocols: https://smithy.io/2.0/aws/protocols/index.html, "Error response serialization" of each.
import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** A running endpoint. */
export interface MissingServiceEndpoint {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** The error's name, as an SDK has it. */
export const missingServiceCode = 'NoLocalEndpoint';

/** What was called. */
interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body of a form; empty for all others. */
  readonly form: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Starts it on a free port of 127.0.0.1; `present` names the services that have an endpoint. */
export async function startMissingServiceEndpoint(
  present: readonly string[],
): Promise<MissingServiceEndpoint> {
  const sockets = new Set<Socket>();
  const http = createHttpServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const reply = async (): Promise<void> => {
      const answer = toAnswer({ method, path, headers, form: await readForm(headers, request) }, present);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    };
    // The caller has gone away.
    reply().catch(() => response.destroy());
  });
  const answerStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const { ':method': method, ':path': path } = headers;
    const answer = toAnswer({ method: String(method), path: String(path), headers, form: '' }, present);
    stream.on('error', () => {}); // the caller has gone away
    stream.resume();
    stream.respond({ ':status': answer.status, ...answer.headers });
    stream.end(answer.body);
  };
  // Some clients, Kinesis's among them, speak HTTP/2 from the first byte on, and so do not ask for it.
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {}); // likewise
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return; // ended before its first byte
      socket.unshift(first);
      if (first.toString('latin1', 0, 3) !== 'PRI') http.emit('connection', socket);
      else
        performServerHandshake(socket)
          .on('stream', answerStream)
          .on('error', () => {});
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const maxFormBytes = 65_536;

/** Reads a body to its end; what is no form, or a long one, is not kept. */
async function readForm(headers: IncomingHttpHeaders, body: Readable): Promise<string> {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  let form = '';
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (isForm && form.length < maxFormBytes) form += chunk.toString('latin1');
  }
  return form;
}

function toAnswer(call: Call, present: readonly string[]): Answer {
  const { headers } = call;
  const target = headers['x-amz-target'];
  const action = new URLSearchParams(call.form).get('Action') ?? undefined;
  const signingName = readSigningName(headers.authorization);
  const isCbor = headers['smithy-protocol'] === 'rpc-v2-cbor';
  const operation =
    action ?? (isCbor ? call.path : String(target ?? '')).split(/[./]/).findLast((part) => part !== '');
  const service = readServiceId(headers) ?? signingName ?? 'this service';
  const variable = `AWS_ENDPOINT_URL_${service.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
  const message =
    `no local endpoint for ${service}, got a call of ${operation ?? `its REST API (${call.method})`}, ` +
    `expected one of ${present.join(', ')}; where you run one, name it by --env ${variable}=URL`;
  if (isCbor) return toCbor(message);
  if (action !== undefined) return toXml(message, signingName === 'ec2');
  if (target !== undefined) return toJson(message, headers['content-type'] ?? 'application/x-amz-json-1.1');
  return restXmlServices.has(signingName ?? '') ? toXml(message, false) : toJson(message, 'application/json');
}

/** Services whose REST API answers in XML, by their signing name; all others answer in JSON. */
const restXmlServices: ReadonlySet<string> = new Set(['cloudfront', 'route53', 's3', 's3-outposts']);

/** The last but one part of the signature's scope: `<key>/<date>/<region>/<service>/aws4_request`. */
function readSigningName(authorization: string | undefined): string | undefined {
  return /Credential=[^,\s]*\/([a-z0-9-]+)\/aws4_request/.exec(authorization ?? '')?.[1];
}

/** The service's id as SDKs tell it in their user agent: `api/<id>#<version>`. */
function readServiceId(headers: IncomingHttpHeaders): string | undefined {
  const agents = [headers['user-agent'], headers['x-amz-user-agent']].flat().join(' ');
  return /\bapi\/([A-Za-z0-9_.-]+)[#\s]/.exec(`${agents} `)?.[1]?.replaceAll('_', ' ');
}

function toJson(message: string, contentType: string): Answer {
  const body = JSON.stringify({ __type: missingServiceCode, code: missingServiceCode, message });
  return answer(Buffer.from(body), { 'content-type': contentType, 'x-amzn-errortype': missingServiceCode });
}

function toXml(message: string, isEc2: boolean): Answer {
  const error = `<Error><Type>Sender</Type><Code>${missingServiceCode}</Code><Message>${escapeXml(message)}</Message></Error>`;
  const body = isEc2
    ? `<Response><Errors>${error}</Errors><RequestID>${randomUUID()}</RequestID></Response>`
    : `<ErrorResponse>${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
  return answer(Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${body}`), { 'content-type': 'text/xml' });
}

function toCbor(message: string): Answer {
  const fields = ['__type', missingServiceCode, 'message', message].map(toCborText);
  // A map of two pairs (RFC 8949, section 3.1).
  const body = Buffer.concat([Buffer.from([0xa2]), ...fields]);
  return answer(body, { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' });
}

function toCborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.from([0x79, bytes.length >> 8, bytes.length & 0xff]); // a text with two bytes of length
  return Buffer.concat([head, bytes]);
}

// 400: SDKs do not try again what the caller has done wrong.
function answer(body: Buffer, headers: Readonly<Record<string, string>>): Answer {
  const more = { 'content-length': String(body.length), 'x-amzn-requestid': randomUUID() };
  return { status: 400, headers: { ...headers, ...more }, body };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
