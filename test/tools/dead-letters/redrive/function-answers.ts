// A function of a test: where it is invoked, what it got, and what it answers.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { KafkaEvent } from '../../../../lib/index.ts';

/** What it answers to an event; a body, or a status and the name of an error. */
export type Answer = string | { readonly status: number; readonly name: string };

/** Lambda's Invoke API, in front of one function. */
export interface AnsweringFunction {
  readonly url: string;
  readonly close: () => void;
}

/** Starts it on 127.0.0.1. A `respond` that rejects breaks the connection off. */
export async function startAnsweringFunction(
  respond: (event: KafkaEvent) => Answer | Promise<Answer>,
): Promise<AnsweringFunction> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const reply = await respond(JSON.parse(await text(request)) as KafkaEvent);
      if (typeof reply === 'string') response.writeHead(200).end(reply);
      else
        response
          .writeHead(reply.status, { 'x-amzn-errortype': reply.name, 'content-type': 'application/json' })
          .end('{}');
    };
    answer().catch(() => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function toOffsets({ records }: KafkaEvent): readonly number[] {
  return Object.values(records)
    .flat()
    .map(({ offset }) => offset);
}

/** A partial response. */
export function reportFailed({ records }: KafkaEvent, isFailed: (offset: number) => boolean): string {
  const batchItemFailures = Object.entries(records).flatMap(([partition, each]) =>
    each.flatMap(({ offset }) => (isFailed(offset) ? { itemIdentifier: { partition, offset } } : [])),
  );
  return JSON.stringify({ batchItemFailures });
}
