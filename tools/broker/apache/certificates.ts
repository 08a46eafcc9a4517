// The certificates of one start: an authority, the broker on 127.0.0.1, and a client. Made anew each time and valid for
// two days, so that no private key is ever kept. Node makes keys and signs, but writes no X.509, hence der.ts; Java's
// keytool would take a Java machine for each of eight steps.
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { toBitString, toDer, toInteger, toObjectIdentifier, toSequence, toUtcTime } from './der.ts';

/** A certificate with its private key. */
export interface Identity {
  /** X.509 certificate, PEM. */
  readonly certificatePem: string;
  /** Unencrypted PKCS #8 key, PEM. */
  readonly keyPem: string;
}

/** Who trusts whom: the authority has signed the broker's and the client's certificate. */
export interface Certificates {
  /** The authority's certificate, PEM. Its key is forgotten. */
  readonly authorityPem: string;
  /** For 127.0.0.1 and localhost. */
  readonly broker: Identity;
  readonly client: Identity;
}

// RFC 5280, 4.2.1 and 5.4; RFC 5758, 3.2.
const oids = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};
const isTrue = toDer(0x01, Buffer.of(0xff));
const dayMs = 86_400_000;

interface Party {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Makes new certificates (elliptic curve P-256); takes milliseconds. */
export function createCertificates(now: Date = new Date()): Certificates {
  const [authority, broker, client] = ['authority', 'broker', 'client'].map((role): Party => ({
    name: `tailrace local ${role}`,
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  })) as [Party, Party, Party];
  // keyCertSign is bit 5, digitalSignature bit 0.
  const authorityExtensions = [
    toExtension(oids.basicConstraints, toSequence(isTrue), true),
    toExtension(oids.keyUsage, toBitString(Buffer.of(0b0000_0100), 2), true),
  ];
  const leafExtensions = [
    toExtension(oids.keyUsage, toBitString(Buffer.of(0b1000_0000), 7), true),
    toExtension(
      oids.extendedKeyUsage,
      toSequence(toObjectIdentifier(oids.serverAuth), toObjectIdentifier(oids.clientAuth)),
    ),
  ];
  const names = toSequence(toDer(0x82, Buffer.from('localhost')), toDer(0x87, Buffer.of(127, 0, 0, 1)));
  const issue = (subject: Party, extensions: readonly Buffer[]): Identity => ({
    certificatePem: toPem('CERTIFICATE', toCertificate(subject, authority, { extensions, now })),
    keyPem: subject.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });
  return {
    authorityPem: issue(authority, authorityExtensions).certificatePem,
    broker: issue(broker, [...leafExtensions, toExtension(oids.subjectAltName, names)]),
    client: issue(client, leafExtensions),
  };
}

function toCertificate(
  subject: Party,
  issuer: Party,
  { extensions, now }: { readonly extensions: readonly Buffer[]; readonly now: Date },
): Buffer {
  const algorithm = toSequence(toObjectIdentifier(oids.ecdsaWithSha256));
  const body = toSequence(
    toDer(0xa0, toInteger(Buffer.of(2))), // version 3
    toInteger(Buffer.concat([Buffer.of(1), randomBytes(15)])), // the shortest form may not begin with a zero byte
    algorithm,
    toName(issuer.name),
    // A day back, for a clock that is behind ours.
    toSequence(toUtcTime(new Date(now.getTime() - dayMs)), toUtcTime(new Date(now.getTime() + 2 * dayMs))),
    toName(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    toDer(0xa3, toSequence(...extensions)),
  );
  return toSequence(body, algorithm, toBitString(sign('sha256', body, issuer.privateKey)));
}

function toName(commonName: string): Buffer {
  const attribute = toSequence(toObjectIdentifier(oids.commonName), toDer(0x0c, Buffer.from(commonName)));
  return toSequence(toDer(0x31, attribute));
}

function toExtension(oid: string, value: Buffer, isCritical: boolean = false): Buffer {
  return toSequence(toObjectIdentifier(oid), ...(isCritical ? [isTrue] : []), toDer(0x04, value));
}

function toPem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
