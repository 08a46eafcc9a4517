// cdk-preflight beside the rules of this package: what is documented about the two together is so.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { App, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { KafkaCluster } from '../../../infra/cluster/kafka-cluster.ts';
import { preflightExclusions } from '../../../infra/rule-packs/cdk-preflight.ts';
import { Monitoring } from '../../../infra/monitoring/monitoring.ts';
import { defineConsumer } from '../../../lib/definition/define-consumer.ts';
import { account, addConsumer, importSecret, region, secretArn } from '../consumer-stack.ts';

/** As much of cdk-preflight as is used here; its own declarations are there only once it is installed. */
interface PreflightModule {
  readonly Preflight: {
    apply(scope: IConstruct, options?: { readonly exclude?: readonly string[] }): void;
    ruleIds(): readonly string[];
  };
}

const packageName = 'cdk-preflight';
const preflight = await import(packageName).then(
  (found: PreflightModule) => found.Preflight,
  (error: unknown) => {
    if (process.env['CI'] === 'true') throw error;
    return undefined;
  },
);
const skip = preflight === undefined ? 'cdk-preflight is not installed; run npm ci' : false;

const excluded = Object.keys(preflightExclusions);

class ThreeZones extends Stack {
  override get availabilityZones(): string[] {
    return [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs()));
  }
}

/** An app with all that this package makes: a cluster, consumers of it and of a self-managed one, monitoring. */
function makeApp(): { readonly app: App; readonly stack: Stack } {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new ThreeZones(app, 'Preflighted', { env: { account, region } });
  const cluster = new KafkaCluster(stack, 'Cluster', {
    removalPolicy: RemovalPolicy.RETAIN,
    topics: [{ name: 'orders', partitions: 6, deadLetter: true }],
  });
  const own = { deadLetterBucket: undefined, removalPolicy: undefined };
  const site = { stack, bucket: undefined as never };
  const monitoring = new Monitoring(stack, 'Monitoring');
  monitoring.watch(addConsumer(site, 'OfMsk', { ...own, source: cluster.source, pollerGroup: 'orders' }));
  const one = { name: 'one', topic: 'orders', provisionedPollers: { min: 1, max: 1 } };
  addConsumer(site, 'One', { ...own, source: cluster.source, definition: defineConsumer(one) });
  addConsumer(site, 'SelfManaged', {
    ...own,
    source: {
      type: 'self-managed-scram-512',
      bootstrapServers: ['kafka.example:9096'],
      secret: importSecret(secretArn),
    },
    startAt: new Date('2026-11-29T12:00:00Z'),
  });
  return { app, stack };
}

test('has nothing against what this package makes, but for the rules that are excluded', { skip }, () => {
  const { app } = makeApp();
  preflight?.apply(app, { exclude: excluded });
  app.synth();
});

test('still needs each exclusion', { skip }, () => {
  for (const id of excluded) {
    assert.ok(preflight?.ruleIds().includes(id), `${id} is gone: take the exclusion away`);
    const { app } = makeApp();
    preflight?.apply(app, { exclude: excluded.filter((each) => each !== id) });
    assert.throws(() => app.synth(), id);
  }
});

test('is shown with its exclusions in the reference', () => {
  const page = readFileSync(new URL('../../../docs/reference/infrastructure.md', import.meta.url), 'utf8');
  assert.ok(page.includes('Preflight.apply(app, { exclude: Object.keys(preflightExclusions) });'));
  for (const id of excluded) assert.ok(page.includes(id), id);
});
