// GET with a deadline, a few retries and a bounded answer. Own file: what the network does to a request, apart from what a
// schema registry means by its answers.

import { RegistryError } from './registry.ts';

/** Credentials; made by a callback or from the environment, never part of a definition. */
export type RegistryAuth =
  | { readonly type: 'basic'; readonly user: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string };

/** What a client works with. */
export interface HttpSetup {
  /** Ends with a slash. */
  readonly toBase: () => URL;
  readonly toAuth: () => RegistryAuth | undefined | Promise<RegistryAuth | undefined>;
  /** Of a request, and of `toAuth` before it. */
  readonly timeoutMs: number;
  readonly maxAttempts: number;
}

/** An answer whose body is JSON; undefined when it is not. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A client of one server. */
export interface HttpClient {
  /** Asks until it gets an answer that another try would not change, once where `isProbe`. @throws RegistryError */
  get(path: string, isProbe: boolean): Promise<HttpAnswer>;
}

const maxBodyBytes = 4_194_304;
const maxRedirects = 3;
const firstDelayMs = 100;
const maxDelayMs = 2000;

/** Makes the client. */
export function createHttpClient(setup: HttpSetup): HttpClient {
  const { maxAttempts } = setup;
  return {
    async get(path, isProbe) {
      const url = new URL(path, setup.toBase());
      for (let attempt = 1; ; attempt++) {
        const outcome = await ask(url, setup);
        if ('answer' in outcome) return outcome.answer;
        if (attempt === maxAttempts || isProbe) throw unavailable(url, outcome.reason, attempt);
        await delay(outcome.retryAfterMs ?? Math.random() * firstDelayMs * 2 ** attempt);
      }
    },
  };
}

type Outcome =
  | { readonly answer: HttpAnswer }
  | { readonly reason: string; readonly retryAfterMs: number | undefined };

async function ask(url: URL, { toAuth, timeoutMs }: HttpSetup): Promise<Outcome> {
  const auth = await settledWithin(toAuth(), timeoutMs);
  if (auth === late) return { reason: `no credentials within ${timeoutMs} ms`, retryAfterMs: undefined };
  const headers = toHeaders(auth);
  let response: Response;
  let text: string | undefined;
  try {
    response = await fetchWithin(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
    text = await readText(response);
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    return { reason: reasonOf(error, timeoutMs), retryAfterMs: undefined };
  }
  const { status } = response;
  if (status === 401 || status === 403) throw denied(url, status);
  if (status === 408 || status === 429 || status >= 500)
    return { reason: `status ${status}`, retryAfterMs: toRetryAfterMs(response) };
  return { answer: { status, body: toJson(text) } };
}

const late = Symbol('late');

/** What `work` gives, or `late`. The timer keeps no process alive. */
async function settledWithin<T>(work: T | Promise<T>, timeoutMs: number): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, late);
    timer.unref();
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

/** Follows redirects within the registry's origin alone: elsewhere nobody may learn its credentials. */
async function fetchWithin(url: URL, init: RequestInit): Promise<Response> {
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(at.href, { ...init, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, at.href) ? new URL(location, at.href) : undefined;
    if (next?.origin !== url.origin) throw elsewhere(url, next);
    if (redirects === maxRedirects) throw elsewhere(url, undefined);
    at = next;
  }
}

/** The body, or undefined when it is longer than any schema; the rest is not fetched. */
async function readText(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined; // leaving the loop cancels the stream
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // a proxy's page; its status is what counts
  }
}

function toHeaders(auth: RegistryAuth | undefined): Readonly<Record<string, string>> {
  const accept = 'application/vnd.schemaregistry.v1+json, application/json';
  if (auth === undefined) return { accept };
  const authorization =
    auth.type === 'basic'
      ? `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`
      : `Bearer ${auth.token}`;
  return { accept, authorization };
}

/** `Retry-After` in seconds, at most 2 s: longer, and the record had better come again. */
function toRetryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return seconds >= 0 ? Math.min(seconds * 1000, maxDelayMs) : undefined;
}

/** fetch() says no more than `fetch failed`; the code of its cause tells refused from unknown host. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'an error';
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'no connection';
}

function denied({ origin }: URL, status: number): RegistryError {
  return new RegistryError(
    'REGISTRY_DENIED',
    `the schema registry at ${origin} refuses our credentials, got status ${status}, expected 200; ` +
      'check what auth() or the environment gives and what it may read; its records are delivered again',
  );
}

function elsewhere({ origin }: URL, to: URL | undefined): RegistryError {
  return new RegistryError(
    'REGISTRY_UNAVAILABLE',
    `the schema registry at ${origin} redirects to ${to === undefined ? 'no end' : to.origin}, expected a schema; ` +
      'name the URL where it answers itself; its records are delivered again',
  );
}

function unavailable({ origin }: URL, reason: string, attempts: number): RegistryError {
  return new RegistryError(
    'REGISTRY_UNAVAILABLE',
    `the schema registry at ${origin} does not answer, got ${reason} ${attempts} times, expected a schema; ` +
      'its records are delivered again',
  );
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(ms, maxDelayMs)));
}
