// The main job against a Kafka of the user's own that wants TLS, a user and a password, or a certificate.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startApacheBroker, type ApacheBroker } from '../../tools/broker/apache/broker.ts';
import { readSecurity } from '../../tools/broker/broker-security.ts';
import { connectBroker } from '../../tools/broker/external.ts';
import type { SecureListeners } from '../../tools/broker/apache/configuration.ts';
import { whyNoApache } from '../support/apache.ts';
import { runCli } from '../support/cli.ts';

const skip = await whyNoApache();

describe('the main job on a guarded Kafka', { skip, timeout: 240_000 }, () => {
  let broker: ApacheBroker;
  let secure: SecureListeners;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-guarded-'));
    broker = await startApacheBroker({ secure: true });
    secure = broker.secure ?? assert.fail('no secure listeners');
    await writeFile(join(folder, 'ca.pem'), secure.authorityPem);
    await writeFile(join(folder, 'client.pem'), secure.client.certificatePem + secure.client.keyPem);
  });
  after(async () => {
    await Promise.all([broker.close(), rm(folder, { recursive: true })]);
  });

  test('runs through to its proof by SCRAM, with the password from the environment', async () => {
    const args = ['run', '--brokers', secure.sasl, '--sasl', 'scram-sha-512', '--ca', join(folder, 'ca.pem')];
    const { code, stdout, stderr } = await runCli(
      [...args, '--produce', '--consumer', 'archive', '--records', '200', '--json'],
      {
        TAILRACE_SASL_USERNAME: secure.user,
        TAILRACE_SASL_PASSWORD: secure.password,
      },
    );
    assert.equal(code, 0, stdout + stderr);
    assert.equal((JSON.parse(stdout) as { readonly isProven: boolean }).isProven, true);
    assert.ok(!(stdout + stderr).includes(secure.password));
  });

  test('refuses in one line what does not get it in', async () => {
    const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
      [['--brokers', secure.sasl, '--sasl', 'plain'], /no TAILRACE_SASL_USERNAME for SASL/],
      [['--brokers', secure.mtls, '--ca', join(folder, 'none.pem')], /cannot read a certificate, got ENOENT/],
      [['--brokers', secure.mtls, '--ca', join(folder, 'ca.pem')], /no Kafka broker answers at/],
      [['--ca', 'ca.pem'], /--ca needs --brokers/],
    ];
    for (const [args, says] of wrong) {
      const { code, stderr } = await runCli(['run', ...args, '--cdk-out', 'cdk.out', '--json']);
      assert.notEqual(code, 0);
      assert.match(stderr, says);
    }
  });

  test('enters with a client certificate', async () => {
    const security = readSecurity({
      tls: false,
      caFile: join(folder, 'ca.pem'),
      clientCertificateFile: join(folder, 'client.pem'),
      sasl: undefined,
    });
    const entered = await connectBroker(secure.mtls, { security });
    assert.deepEqual(entered.security, security);
    await entered.close();
  });
});
