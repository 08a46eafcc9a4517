// Where the page is: everything after the #, so that every view has a link that can be kept.
import { useEffect, useState } from 'preact/hooks';

/** A place of the page. */
export interface Route {
  /** As `records`; empty for the overview. */
  readonly page: string;
  /** What follows, as in `calls/<id>`. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

function read(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [page = '', ...rest] = path.split('/').map(decode);
  return { page, rest, query: new URLSearchParams(query) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // An address that was cut or typed: there is no such place, and the page says so.
    return part;
  }
}

/** The place, followed. */
export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const follow = (): void => setRoute(read());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

/** Address of a place; what is empty is left out. */
export function toHref(
  path: string,
  query: Readonly<Record<string, string | number | undefined | null>> = {},
): string {
  const pairs = Object.entries(query).filter(
    (entry): entry is [string, string | number] =>
      entry[1] !== undefined && entry[1] !== null && entry[1] !== '',
  );
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return `#/${path}${text === '' ? '' : `?${text}`}`;
}

/** Goes there. */
export function go(href: string): void {
  location.hash = href;
}

/** A record's own page. */
export function toRecordHref(consumer: string, partition: number, offset: number): string {
  return toHref(`record/${encodeURIComponent(consumer)}/${partition}/${offset}`);
}

/** An invocation's own page. */
export function toCallHref(requestId: string): string {
  return toHref(`calls/${requestId}`);
}
