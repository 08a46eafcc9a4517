// A Schema Registry in memory that speaks the Confluent HTTP API, so that framed topics run here as they do in production.
// It checks schemas as the real one does when they are registered; compatibility between versions it does not check.
// Source: https://docs.confluent.io/platform/current/schema-registry/develop/api.html

import { startHttpService, type Answer, type HttpService, type Request } from './http-service.ts';
import { createSubjects, RegistryRefusal, type Registration, type Subjects } from './subjects.ts';

/** How a registry is started. */
export interface ConfluentServerOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** The `Authorization` header that requests must have; without it everybody may ask. */
  readonly authorization?: string;
}

/** A running registry. */
export interface ConfluentServer extends HttpService {
  /** Registers a schema as `POST /subjects/{subject}/versions` does; gives its id. */
  register(subject: string, registration: Registration): number;
}

type Handler = (subjects: Subjects, parameters: readonly string[], body: unknown) => unknown;

const routes: readonly (readonly [method: string, pattern: RegExp, handler: Handler])[] = [
  ['GET', /^\/subjects$/, (subjects) => subjects.names()],
  [
    'POST',
    /^\/subjects\/([^/]+)\/versions$/,
    (subjects, [subject = ''], body) => ({ id: subjects.register(subject, toRegistration(body)) }),
  ],
  ['GET', /^\/subjects\/([^/]+)\/versions$/, (subjects, [subject = '']) => subjects.versions(subject)],
  [
    'GET',
    /^\/subjects\/([^/]+)\/versions\/([^/]+)$/,
    (subjects, [subject = '', version = '']) => subjects.version(subject, version),
  ],
  [
    'POST',
    /^\/subjects\/([^/]+)$/,
    (subjects, [subject = ''], body) => subjects.lookUp(subject, toRegistration(body)),
  ],
  ['GET', /^\/schemas\/ids\/([^/]+)$/, (subjects, [id = '']) => subjects.schema(id)],
  ['GET', /^\/schemas\/types$/, () => ['JSON', 'PROTOBUF', 'AVRO']],
];

/** Starts a registry on 127.0.0.1. */
export async function startConfluentServer(options: ConfluentServerOptions = {}): Promise<ConfluentServer> {
  const subjects = createSubjects();
  const handle = (request: Request): Answer => {
    if (options.authorization !== undefined && request.headers.authorization !== options.authorization)
      return { status: 401, body: { error_code: 401, message: 'Unauthorized' } };
    return route(subjects, request);
  };
  const service = await startHttpService('application/vnd.schemaregistry.v1+json', handle, options.port);
  return { ...service, register: (subject, registration) => subjects.register(subject, registration) };
}

function route(subjects: Subjects, { method, path, body }: Request): Answer {
  const here = routes.filter(([, pattern]) => pattern.test(path));
  const found = here.find(([known]) => known === method);
  if (found === undefined) {
    const status = here.length > 0 ? 405 : 404;
    const message = status === 405 ? 'HTTP 405 Method Not Allowed' : 'HTTP 404 Not Found';
    return { status, body: { error_code: status, message } };
  }
  try {
    const [, pattern, handler] = found;
    const parameters = (pattern.exec(path) ?? []).slice(1).map(decodeURIComponent);
    return { status: 200, body: handler(subjects, parameters, body) };
  } catch (error) {
    if (!(error instanceof RegistryRefusal)) throw error;
    const { code: error_code, message } = error;
    return { status: Math.floor(error_code / 100), body: { error_code, message } };
  }
}

function toRegistration(body: unknown): Registration {
  if (typeof body === 'object' && body !== null && 'schema' in body && typeof body.schema === 'string')
    return body as Registration;
  throw new RegistryRefusal(42_201, 'Empty schema');
}
