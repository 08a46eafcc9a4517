// Who may ask the console. A server on 127.0.0.1 is reachable by every page that the person has open: a foreign page is told apart by its
// Origin, a name that was rebound to 127.0.0.1 by its Host, and another user of this machine by the token.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A request that is refused, and why. */
export interface Refused {
  readonly status: 401 | 403;
  readonly error: string;
}

/** Checks requests to the server at `port`. What needs the token is up to the caller. */
export interface Guard {
  /** Undefined when the request is for this server and of its own page. */
  readonly refuseForeign: (request: IncomingMessage) => Refused | undefined;
  /** Undefined when the request has the token. */
  readonly refuseStranger: (request: IncomingMessage, url: URL) => Refused | undefined;
}

/** Makes the guard of a server. */
export function createGuard({ port, token }: { readonly port: number; readonly token: string }): Guard {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  const expected = Buffer.from(token);
  return {
    refuseForeign({ headers }) {
      if (!hosts.has(headers.host ?? ''))
        return { status: 403, error: `this is 127.0.0.1:${port}; the request was for another host` };
      const { origin } = headers;
      if (origin !== undefined && origin !== `http://${headers.host}`)
        return { status: 403, error: 'the request comes from a page of another origin' };
      const site = headers['sec-fetch-site'];
      // A link on another page may lead here, but nothing of it may be read there.
      const isVisit = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
      if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isVisit)
        return { status: 403, error: 'the request comes from a page of another site' };
      return undefined;
    },
    refuseStranger({ headers }, url) {
      const given = Buffer.from(
        /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? url.searchParams.get('token') ?? '',
      );
      if (given.length === expected.length && timingSafeEqual(given, expected)) return undefined;
      return {
        status: 401,
        error: 'the token is missing or another one; open the address that the runner has printed',
      };
    },
  };
}
