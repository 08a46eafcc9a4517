// The proof of a run: follows every delivery while it runs, and at its end reads back what landed and what was set aside.

import { toQueueUrl } from '../../aws/resources.ts';
import { createKafka } from '../../broker/kafka-client.ts';
import type { LocalEvent } from '../../local/events.ts';
import type { MappingStatus } from '../../local/mapping/mapping-status.ts';
import { audit, type AuditSubject } from '../../proof/audit.ts';
import { createDeliveries, type Deliveries } from '../../proof/deliveries.ts';
import { openDocuments } from '../../proof/documents.ts';
import type { FailureDocument } from '../../proof/readers/read-documents.ts';
import type { Hopelessness } from './fail-fast.ts';
import type { Failures } from './failures.ts';
import type { Session } from '../session/session.ts';
import type { Traffic } from '../traffic/traffic.ts';
import { toConsumerVerdict, type ConsumerResult } from './verdict.ts';

/** A proof under way. */
export interface Proof {
  readonly note: (event: LocalEvent) => void;
  /** Reads everything back. @throws Error when something that is read back is none of the consumers' */
  readonly close: (
    statuses: readonly MappingStatus[],
    about: { readonly stopped: ReadonlyMap<string, Hopelessness>; readonly failures: Failures },
  ) => Promise<readonly ConsumerResult[]>;
}

/** Opens the proof of a session's consumers, whose resources are there. */
export async function openProof(session: Session, traffic: Traffic, minShare: number): Promise<Proof> {
  const { app, broker, clients, endpoints } = session;
  // A queue that is kept is not emptied: a copy is, of what this run has brought.
  const queueToRead = session.copyQueue ?? ((url: string) => Promise.resolve(url));
  const deliveries = new Map(
    app.mappings.map(({ consumer }) => [consumer, createDeliveries(consumer)] as const),
  );
  const documents = await openDocuments(app, {
    clients,
    queueToRead: (name) => queueToRead(toQueueUrl(endpoints, name)),
    kafka: () =>
      createKafka(broker.bootstrapServers, {
        clientId: 'tailrace-proof',
        ...(broker.security !== undefined && { security: broker.security }),
      }),
  });
  return {
    note(event) {
      deliveries.get(event.consumer)?.note(event);
    },
    async close(statuses, { stopped, failures }) {
      // Without traffic there is nothing to compare with, and nobody's queue is emptied for that.
      const found = traffic.isAny ? await documents.read() : [];
      const subjects = statuses.map((status) =>
        toSubject(status, {
          session,
          traffic,
          deliveries: deliveries.get(status.consumer) ?? createDeliveries(status.consumer),
          documents: found,
          queueToRead,
        }),
      );
      const accounts = await audit(subjects, clients, minShare);
      return accounts.map((account, index): ConsumerResult => {
        const reason = stopped.get(account.consumer);
        return {
          verdict: toConsumerVerdict(account, reason, minShare),
          account,
          status: statuses[index] as MappingStatus,
          stopped: reason ?? null,
          failures: failures.of(account.consumer),
        };
      });
    },
  };
}

function toSubject(
  { consumer, topic, done, skipped }: MappingStatus,
  parts: {
    readonly session: Session;
    readonly traffic: Traffic;
    readonly deliveries: Deliveries;
    readonly documents: readonly FailureDocument[];
    readonly queueToRead: AuditSubject['queueToRead'];
  },
): AuditSubject {
  const { app } = parts.session;
  const mapping = app.mappings.find((each) => each.consumer === consumer);
  const fn = app.functions.find(({ name }) => name === mapping?.functionName);
  if (fn === undefined)
    throw new Error(`consumer ${consumer} has no function in its template, a bug in the runner`);
  return {
    consumer,
    topic,
    function: fn,
    produced: parts.traffic.ledgerOf(topic),
    deliveries: parts.deliveries,
    queueToRead: parts.queueToRead,
    failureBucket: mapping?.onFailure?.type === 's3' ? mapping.onFailure.bucket : undefined,
    documents: parts.documents.filter((each) => each.functionName === fn.name && each.topic === topic),
    reported: { done: done + skipped },
  };
}
