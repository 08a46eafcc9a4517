// Reads the consumer's notes and the dead letters back, into the account.
import type { S3Client } from '@aws-sdk/client-s3';
import { readDeadLetters } from '../../../tools/proof/read-dead-letters.ts';
import { readBytes, readObjects } from '../../../tools/proof/objects.ts';
import { openAccount, type ChaosAccount } from './account.ts';
import { landingPrefix, readPoison } from './record.ts';

/** The account of records 0 up to, not including, `records`, from what is in the bucket. */
export async function readBack(s3: S3Client, bucket: string, records: number): Promise<ChaosAccount> {
  const ledger = openAccount(records);
  // Listed by name, which is in the order of time.
  for await (const object of readObjects(s3, bucket, landingPrefix)) {
    const { buffer, byteOffset, length } = await readBytes(object);
    ledger.land(new Uint32Array(buffer.slice(byteOffset, byteOffset + length)));
  }
  for await (const given of readDeadLetters(s3, bucket)) {
    const value = given.by === 'runtime' ? given.letter.value : given.record.value;
    ledger.deadLetter(readPoison(Buffer.from(value ?? '', 'base64').toString()));
  }
  return ledger.close();
}
