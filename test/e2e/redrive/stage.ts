// What the redrive proof plays on: dead letters made by a real run, and the mended functions behind an Invoke endpoint that tells what arrives.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventRecord } from '../../../lib/index.ts';
import { createFailurePlaces, toPlaceOptions } from '../../support/failure-places.ts';
import { readApp } from '../../../tools/local/run.ts';
import { createFunctionHost } from '../../../tools/local/sandbox/host/function-host.ts';
import { startInvokeEndpoint } from '../../../tools/local/sandbox/host/invoke-endpoint.ts';
import { writeLocalApp } from '../../support/local-app.ts';
import { startLocalCluster, type LocalCluster } from '../../support/local-cluster.ts';
import { causes, consumerNames, resources, toConsumers, type Cause, type ConsumerName } from './apps.ts';

/** A record that reached a function. */
export interface Arrival {
  readonly place: string;
  readonly key: string;
  readonly offset: number;
  readonly cause: Cause;
}

/** The stage, up until `close()`. */
export interface Stage {
  readonly cluster: LocalCluster;
  readonly cdkOut: string;
  readonly functionNames: Readonly<Record<ConsumerName, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** The options that name all places, and the folder of accounts. */
  readonly places: readonly string[];
  readonly accounts: string;
  /** Everything that reached a function, in its order. */
  readonly arrivals: readonly Arrival[];
  /** Called in the middle of each invocation; the function goes on whatever becomes of its caller. */
  onInvoke: () => void;
  readonly close: () => Promise<void>;
}

/** Makes `records` dead letters, as many for each consumer and each cause. */
export async function openStage(records: number): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const cluster = await startLocalCluster();
  parts.defer(cluster.close);
  await fill(cluster, records / consumerNames.length);
  const mended = await writeLocalApp(toConsumers(true), resources);
  parts.defer(mended.remove);
  const { endpoints } = cluster;
  const app = readApp(mended.cdkOut, endpoints);
  const arrivals: Arrival[] = [];
  const stage = { onInvoke: () => {} };
  const hosts = new Map(
    app.functions.map((fn) => {
      const host = createFunctionHost({
        fn,
        ...endpoints,
        endpoints: endpoints.environment,
        onLog: () => {},
      });
      parts.defer(host.close);
      const invoke: typeof host.invoke = async (request) => {
        arrivals.push(...readArrivals(request.event));
        stage.onInvoke();
        return await host.invoke(request);
      };
      return [fn.name, { ...host, invoke }] as const;
    }),
  );
  const endpoint = await startInvokeEndpoint(hosts);
  parts.defer(endpoint.close);
  const accounts = await mkdtemp(join(tmpdir(), 'tailrace-accounts-'));
  parts.defer(async () => await rm(accounts, { recursive: true, force: true }));
  const rest = parts.move();
  return Object.assign(stage, {
    cluster,
    cdkOut: mended.cdkOut,
    functionNames: Object.fromEntries(
      app.mappings.map(({ consumer, functionName }) => [consumer, functionName]),
    ) as Stage['functionNames'],
    environment: { ...endpoints.environment, AWS_ENDPOINT_URL_LAMBDA: endpoint.url },
    places: toPlaceOptions(cluster, { buckets: app.buckets, accounts }),
    accounts,
    arrivals,
    close: async () => await rest.disposeAsync(),
  });
}

// Keys of 41, so that each has records of all causes.
async function fill(cluster: LocalCluster, each: number): Promise<void> {
  await createFailurePlaces(cluster);
  const { local } = await cluster.run(toConsumers(false), { resources });
  const messages = Array.from({ length: each }, (_, index) => {
    const cause = causes[index % causes.length];
    // What no JSON parser reads, and still says to the proof what it is.
    const value = JSON.stringify({ index, cause }) + (cause === 'corrupt' ? '}' : '');
    return { key: `key-${index % 41}`, value };
  });
  for (const name of consumerNames) await local.drained(await cluster.produce(`orders-${name}`, messages));
  await local.close();
}

function readArrivals(event: string): readonly Arrival[] {
  const { records } = JSON.parse(event) as {
    readonly records: Readonly<Record<string, readonly EventRecord[]>>;
  };
  return Object.values(records)
    .flat()
    .map(({ topic, partition, offset, key, value }) => {
      const text = Buffer.from(value ?? '', 'base64').toString();
      const cause = causes.find((each) => text.includes(`"${each}"`));
      if (cause === undefined)
        throw new Error(`a record of no cause arrived: ${topic}-${partition}@${offset}`);
      return { place: `${topic}-${partition}@${offset}`, key: `${topic} ${key ?? ''}`, offset, cause };
    });
}
