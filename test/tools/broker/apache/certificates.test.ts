import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createCertificates } from '../../../../tools/broker/apache/certificates.ts';
import { toBitString, toDer, toInteger, toObjectIdentifier } from '../../../../tools/broker/apache/der.ts';

test('writes elements as X.690 shows them', () => {
  const hex = (bytes: Buffer): string => bytes.toString('hex');
  assert.equal(hex(toObjectIdentifier('1.2.840.113549')), '06062a864886f70d');
  assert.equal(hex(toInteger(Buffer.of(0x7f))), '02017f');
  assert.equal(hex(toInteger(Buffer.of(0x80))), '02020080');
  assert.equal(hex(toBitString(Buffer.of(0x6e, 0x5d, 0xc0), 6)), '0304066e5dc0');
  assert.equal(hex(toDer(0x04, Buffer.alloc(127)).subarray(0, 3)), '047f00');
  assert.equal(hex(toDer(0x04, Buffer.alloc(128)).subarray(0, 3)), '048180');
  assert.equal(hex(toDer(0x04, Buffer.alloc(256)).subarray(0, 4)), '04820100');
});

test('makes an authority that has signed a broker for 127.0.0.1 and a client, valid now and for two days', () => {
  const now = new Date('2026-11-22T12:00:00Z');
  const { authorityPem, broker, client } = createCertificates(now);
  const authority = new X509Certificate(authorityPem);
  assert.equal(authority.ca, true);
  assert.equal(authority.verify(authority.publicKey), true);
  for (const { certificatePem, keyPem } of [broker, client]) {
    const certificate = new X509Certificate(certificatePem);
    assert.equal(certificate.ca, false);
    assert.equal(certificate.checkIssued(authority), true);
    assert.equal(certificate.verify(authority.publicKey), true);
    assert.equal(certificate.checkPrivateKey(createPrivateKey(keyPem)), true);
    assert.equal(certificate.validFromDate.toISOString(), '2026-11-21T12:00:00.000Z');
    assert.equal(certificate.validToDate.toISOString(), '2026-11-24T12:00:00.000Z');
  }
  const names = new X509Certificate(broker.certificatePem);
  assert.equal(names.checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(names.checkHost('localhost'), 'localhost');
  assert.equal(names.checkHost('example.com'), undefined);
});

test('makes others each time', () => {
  assert.notEqual(createCertificates().authorityPem, createCertificates().authorityPem);
});
