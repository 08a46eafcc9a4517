// How pollers enter a cluster: what a mapping says, the secrets of this machine, and real listeners of Apache Kafka.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startAwsEndpoints, type AwsEndpoints } from '../../../../tools/aws/endpoints.ts';
import { startApacheBroker, type ApacheBroker } from '../../../../tools/broker/apache/broker.ts';
import { createKafka } from '../../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../../tools/broker/topic.ts';
import type { AccessConfiguration } from '../../../../tools/local/mapping/access-configuration.ts';
import { LocalError } from '../../../../tools/local/error.ts';
import type { LocalEvent } from '../../../../tools/local/events.ts';
import { readApp, startLocal } from '../../../../tools/local/run.ts';
import { findSecret, readSecrets, type Secrets } from '../../../../tools/local/mapping/secrets.ts';
import { toSecurity } from '../../../../tools/local/mapping/source-security.ts';
import { whyNoApache } from '../../../support/apache.ts';
import { writeLocalApp } from '../../../support/local-app.ts';

const arn = (name: string): string => `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-AbCdEf`;
const entry = (type: string, name: string): AccessConfiguration => ({ type, uri: arn(name) });
const isError =
  (code: string, ...words: readonly string[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof LocalError && error.code === code);
    for (const word of words) assert.ok(error.message.includes(word), error.message);
    return true;
  };

test('turns source access into TLS and SASL, by secrets of a name or an ARN', () => {
  const secrets: Secrets = {
    user: { username: 'u', password: 'p' },
    [arn('client')]: { certificate: 'C', privateKey: 'K', privateKeyPassword: 'P' },
    'own-ca': { certificate: 'CA' },
  };
  const login = { username: 'u', password: 'p' };
  for (const [type, mechanism] of [
    ['BASIC_AUTH', 'plain'],
    ['SASL_SCRAM_256_AUTH', 'scram-sha-256'],
    ['SASL_SCRAM_512_AUTH', 'scram-sha-512'],
  ] as const)
    assert.deepEqual(toSecurity([entry(type, 'user'), { type: 'VPC_SUBNET', uri: 'subnet-1' }], secrets), {
      ssl: true,
      sasl: { mechanism, ...login },
    });
  assert.deepEqual(
    toSecurity(
      [entry('CLIENT_CERTIFICATE_TLS_AUTH', 'client'), entry('SERVER_ROOT_CA_CERTIFICATE', 'own-ca')],
      secrets,
    ),
    { ssl: { cert: 'C', key: 'K', passphrase: 'P', ca: 'CA' } },
  );
  assert.throws(
    () => toSecurity([entry('OAUTHBEARER_AUTH', 'user')], secrets),
    isError('UNSUPPORTED', 'OAUTH'),
  );
  assert.throws(
    () => toSecurity([entry('BASIC_AUTH', 'own-ca')], secrets),
    isError('BAD_SECRETS', arn('own-ca'), 'username, password'),
  );
  assert.throws(
    () => findSecret(secrets, arn('constructor'), ['name']),
    isError('BAD_SECRETS', 'everything'),
  );
});

test('reads secrets from a file, and names the file without quoting it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-secrets-'));
  const file = join(folder, 'secrets.json');
  try {
    await writeFile(file, JSON.stringify({ user: { username: 'u', password: 'p' } }));
    assert.deepEqual(await readSecrets(file), { user: { username: 'u', password: 'p' } });
    for (const text of ['{"user": hunter2', '["hunter2"]', '{"user":"hunter2"}', '{"user":{"password":1}}']) {
      await writeFile(file, text);
      await assert.rejects(readSecrets(file), (error) => {
        assert.equal((error as Error).cause, undefined);
        assert.ok(!(error as Error).message.includes('hunter2'));
        return isError('BAD_SECRETS', file)(error);
      });
    }
    await assert.rejects(readSecrets(join(folder, 'missing.json')), isError('BAD_SECRETS', 'missing.json'));
  } finally {
    await rm(folder, { recursive: true });
  }
});

const skip = await whyNoApache();

describe('a poller of a guarded cluster', { skip, timeout: 180_000 }, () => {
  let broker: ApacheBroker;
  let endpoints: AwsEndpoints;
  let secrets: Secrets;
  before(async () => {
    [broker, endpoints] = await Promise.all([startApacheBroker({ secure: true }), startAwsEndpoints()]);
    const { user, password, authorityPem, client } = broker.secure ?? assert.fail('no secure listeners');
    secrets = {
      user: { username: user, password },
      stranger: { username: user, password: 'wrong' },
      ca: { certificate: authorityPem },
      client: { certificate: client.certificatePem, privateKey: client.keyPem },
    };
  });
  after(async () => {
    await Promise.all([broker.close(), endpoints.close()]);
  });

  // One consumer per way in; each must get the record, over the address of its listener.
  async function enter(
    topic: string,
    bootstrapServers: string,
    ways: readonly (readonly [type: string, secret: string])[],
  ): Promise<void> {
    const plain = createKafka(broker.bootstrapServers);
    await ensureTopic(plain, { topic, partitions: 1 });
    const producer = plain.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'x' }] });
    await producer.disconnect();
    const files = await writeLocalApp(
      ways.map(([type, secret], n) => ({
        name: `${topic}-${n}`,
        source: `export const handler = async (event) => { process.stdout.write('saw ' + Object.keys(event.records) + '\\n'); };`,
        mapping: {
          EventSourceArn: undefined,
          SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['kafka.example:9096'] } },
          Topics: [topic],
          SourceAccessConfigurations: [
            { Type: type, URI: arn(secret) },
            { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: arn('ca') },
          ],
        },
      })),
    );
    const events: LocalEvent[] = [];
    try {
      const app = readApp(files.cdkOut, endpoints);
      const onEvent = (event: LocalEvent): void => void events.push(event);
      const local = await startLocal({ app, broker: { bootstrapServers }, endpoints, secrets, onEvent });
      try {
        await local.drained({ [topic]: { 0: 1 } });
      } finally {
        await local.close();
      }
    } finally {
      await files.remove();
    }
    const witnesses = events.filter((event) => event.kind === 'log' && event.line === `saw ${topic}-0`);
    assert.deepEqual(witnesses.length, ways.length);
  }

  test('enters with a user and password by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512', async () => {
    await enter('by-password', broker.secure?.sasl ?? '', [
      ['BASIC_AUTH', 'user'],
      ['SASL_SCRAM_256_AUTH', 'user'],
      ['SASL_SCRAM_512_AUTH', 'user'],
    ]);
  });

  test('enters with a client certificate', async () => {
    await enter('by-certificate', broker.secure?.mtls ?? '', [['CLIENT_CERTIFICATE_TLS_AUTH', 'client']]);
  });

  test('says so when it may not enter', async () => {
    const way = [['SASL_SCRAM_512_AUTH', 'stranger']] as const;
    await assert.rejects(
      enter('by-nobody', broker.secure?.sasl ?? '', way),
      isError('POLLER_FAILED', 'by-nobody'),
    );
  });
});
