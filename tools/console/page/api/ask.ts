// Questions to the server, and hooks that ask them.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Refusal } from '../../wire.ts';
import { readToken } from './token.ts';

/** Why a question has no answer. */
export class AskError extends Error {
  override readonly name = 'AskError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Asks; with a body it is a POST. @throws AskError */
export async function ask<T>(path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${readToken()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    // The browser says no more than that.
    throw new AskError(0, 'the runner does not answer');
  }
  const answer = (await response.json()) as T | Refusal;
  if (!response.ok) throw new AskError(response.status, (answer as Refusal).error);
  return answer as T;
}

/** A question's state. `data` is the last answer, also while the next one is under way. */
export interface Asked<T> {
  readonly data: T | undefined;
  readonly error: AskError | undefined;
  readonly isBusy: boolean;
}

/**
 * Asks when the path changes, and again when `version` does. Another path's answer is never given: what is drawn from it would take a
 * person's input, and lose it with the next answer.
 */
export function useAsk<T>(path: string | undefined, version: number | string = 0): Asked<T> {
  const [state, setState] = useState<Asked<T> & { readonly path: string | undefined }>({ ...asking, path });
  useEffect(() => {
    if (path === undefined) return undefined;
    let isOld = false;
    setState((last) => ({ ...asking, data: last.path === path ? last.data : undefined, path }));
    const answer = async (): Promise<void> => {
      try {
        const data = await ask<T>(path);
        if (!isOld) setState({ data, error: undefined, isBusy: false, path });
      } catch (error) {
        if (!isOld) setState(({ data }) => ({ data, error: toAskError(error), isBusy: false, path }));
      }
    };
    void answer();
    return () => {
      isOld = true;
    };
  }, [path, version]);
  return state.path === path ? state : asking;
}

const asking = { data: undefined, error: undefined, isBusy: true } as const;

/** An action that a person starts. */
export interface Action<I, T> extends Asked<T> {
  readonly run: (input: I) => void;
  readonly reset: () => void;
}

/** Makes an action of an asking function. */
export function useAction<I, T>(act: (input: I) => Promise<T>): Action<I, T> {
  const [state, setState] = useState<Asked<T>>({ data: undefined, error: undefined, isBusy: false });
  const latest = useRef(act);
  latest.current = act;
  const run = useCallback((input: I) => {
    setState({ data: undefined, error: undefined, isBusy: true });
    latest.current(input).then(
      (data) => setState({ data, error: undefined, isBusy: false }),
      (error: unknown) => setState({ data: undefined, error: toAskError(error), isBusy: false }),
    );
  }, []);
  const reset = useCallback(() => setState({ data: undefined, error: undefined, isBusy: false }), []);
  return { ...state, run, reset };
}

function toAskError(error: unknown): AskError {
  if (error instanceof AskError) return error;
  return new AskError(0, error instanceof Error ? error.message : String(error));
}
