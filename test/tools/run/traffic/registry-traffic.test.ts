// Traffic for mappings that read by a schema registry: which schema its records name, and when none can be named.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { avro, json, text, defineConsumer } from '../../../../lib/index.ts';
import { startAwsEndpoints } from '../../../../tools/aws/endpoints.ts';
import { createClients } from '../../../../tools/aws/clients.ts';
import type { RegistryConfig } from '../../../../tools/local/mapping/registry-config.ts';
import { createMappingRegistry } from '../../../../tools/local/schema/mapping-registry.ts';
import { splitFraming } from '../../../../tools/local/schema/schema-framing.ts';
import { frameTraffic, type RegistryTraffic } from '../../../../tools/run/traffic/registry-traffic.ts';
import type { TopicPlan } from '../../../../tools/run/traffic/traffic-plan.ts';
import { frame } from '../../../../tools/traffic/framing.ts';

const endpoints = await startAwsEndpoints();
const clients = createClients(endpoints);
const { glue } = clients;
after(async () => {
  clients.close();
  await endpoints.close();
});

const record = {
  sequence: 0,
  kind: 'good',
  key: 'k1',
  value: Buffer.from('{"a":1}'),
  headers: {},
  documentDigest: 0n,
  valueDigest: 0n,
} as const;
const plan = (topic: string, definition?: TopicPlan['definition']): TopicPlan => ({
  topic,
  consumers: [topic],
  records: () => [record],
  line: `${topic}: records`,
  ...(definition && { definition }),
});
const registry = (
  type: RegistryConfig['type'],
  ...attributes: RegistryConfig['attributes']
): RegistryConfig => ({
  type,
  uri: type === 'glue' ? 'arn:aws:glue:eu-west-1:123456789012:registry/shop' : 'https://registry.example',
  recordFormat: 'JSON',
  attributes,
  access: [],
});

async function withTraffic(
  plans: readonly TopicPlan[],
  registries: readonly (RegistryConfig | undefined)[],
  look: (traffic: RegistryTraffic) => Promise<void> | void,
): Promise<void> {
  const [{ topic } = plan('none')] = plans;
  const readers = registries.map((each) => ({ topic, ...(each && { registry: each }) }));
  const traffic = await frameTraffic(plans, readers, glue);
  try {
    await look(traffic);
  } finally {
    await traffic.close();
  }
}

const schema = { type: 'record', name: 'A', fields: [{ name: 'a', type: 'int' }] };
const value = { avro: avro(schema), json: json(), text: text() };
const define = (format: keyof typeof value): TopicPlan['definition'] =>
  defineConsumer({ name: 'orders', topic: 'orders', value: value[format] });

for (const type of ['glue', 'confluent'] as const) {
  test(`names schemas that the mapping then finds, with ${type}`, async () => {
    const config = registry(type, 'KEY', 'VALUE');
    for (const [format, dataFormat, definition] of [
      [undefined, 'JSON', /any JSON/],
      ['json', 'JSON', /any JSON/],
      ['avro', 'AVRO', /"name":"A"/],
    ] as const) {
      await withTraffic(
        [plan(`orders-${format}`, format && define(format))],
        [config],
        async ({ plans: [framed], registryUrl, isGlueLocal }) => {
          assert.equal(registryUrl !== undefined, type === 'confluent');
          assert.equal(isGlueLocal, type === 'glue');
          const { keySchema = '', valueSchema = '' } = framed?.framing ?? {};
          const bytes = frame(type, valueSchema, Buffer.from('payload'));
          const found = splitFraming(type, bytes, { part: 'value', maxBytes: 100 });
          assert.deepEqual(found, { id: valueSchema, payload: Buffer.from('payload') });
          const client = createMappingRegistry(config, {
            registryUrl,
            secrets: undefined,
            glue: { client: glue },
          });
          const stored = await client.fetchSchema(valueSchema);
          assert.equal(stored.dataFormat, dataFormat);
          assert.match(JSON.stringify(stored), new RegExp(definition.source.replaceAll('"', '\\\\*"')));
          assert.equal((await client.fetchSchema(keySchema)).dataFormat, 'JSON');
          const [sent] = framed?.records?.() ?? [];
          assert.equal(String(sent?.key), '"k1"', 'a key that is read by a JSON schema is JSON');
          assert.deepEqual(sent?.value, record.value);
        },
      ).catch((error: unknown) => {
        assert.fail(`${format}: ${String(error)}`);
      });
    }
  });
}

test('leaves a topic alone whose mappings read by no registry, and keys that name no schema', async () => {
  const plain = plan('orders');
  await withTraffic([plain], [undefined], ({ plans, registryUrl, isGlueLocal }) => {
    assert.deepEqual([plans, registryUrl, isGlueLocal], [[plain], undefined, false]);
  });
  await withTraffic([plain], [registry('confluent', 'VALUE')], ({ plans: [framed] }) => {
    assert.equal(framed?.framing?.keySchema, undefined);
    assert.deepEqual([...(framed?.records?.() ?? [])], [record]);
  });
});

test('sends nothing where no schema can be named, and says why', async () => {
  const cases: readonly (readonly [TopicPlan, readonly (RegistryConfig | undefined)[], RegExp])[] = [
    [plan('orders', define('text')), [registry('confluent', 'VALUE')], /its definition tells no schema/],
    [plan('orders'), [registry('confluent', 'VALUE'), undefined], /by different registries/],
    [
      plan('orders'),
      [registry('confluent', 'VALUE'), registry('confluent', 'KEY')],
      /by different registries/,
    ],
  ];
  for (const [given, registries, why] of cases) {
    await withTraffic([given], registries, ({ plans: [framed] }) => {
      assert.equal(framed?.records, undefined);
      assert.match(framed?.line ?? '', why);
      assert.match(framed?.line ?? '', /^orders: nothing is sent, .*--records 0/);
    });
  }
});
