import assert from 'node:assert/strict';
import { test } from 'node:test';
import { securityOptions, toSecurityOptions } from '../../../tools/broker/broker-options.ts';
import { saslMechanisms } from '../../../tools/broker/broker-security.ts';

test('reads each option into its own place, and each mechanism that it lists', () => {
  const none = { tls: false, caFile: undefined, clientCertificateFile: undefined, sasl: undefined };
  assert.deepEqual(toSecurityOptions({}), none);
  assert.deepEqual(toSecurityOptions({ tls: true }), { ...none, tls: true });
  assert.deepEqual(toSecurityOptions({ ca: 'a.pem', cert: 'b.pem' }), {
    ...none,
    caFile: 'a.pem',
    clientCertificateFile: 'b.pem',
  });
  assert.deepEqual(securityOptions.sasl.oneOf, saslMechanisms);
  for (const sasl of saslMechanisms) assert.deepEqual(toSecurityOptions({ sasl }), { ...none, sasl });
});
