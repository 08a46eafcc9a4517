// The token that the runner has printed behind the # of the address. It is kept for this origin, so that links work in further tabs and a
// page goes on after the runner was started anew.
const name = 'tailrace-token';

/** Takes the token out of the address, if it has one. */
export function adoptToken(): void {
  const [, token] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
  if (token === undefined) return;
  localStorage.setItem(name, token);
  history.replaceState(null, '', '#/');
}

/** The token; empty without one. */
export function readToken(): string {
  return localStorage.getItem(name) ?? '';
}
