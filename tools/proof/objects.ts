// Every object under a prefix, one at a time. Own file: archive and dead letters are read this way alike.

import type { Readable } from 'node:stream';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';

/** An object of a listing; its body is fetched only when asked for. */
export interface StoredObject {
  readonly key: string;
  /** Opens the body; read it, or destroy it. */
  open(): Promise<Readable>;
}

/** The objects of `bucket` whose keys start with `prefix`, in the order of their keys. */
export async function* readObjects(
  s3: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<StoredObject> {
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key: key } of page.Contents ?? []) {
      if (key === undefined) continue;
      const open = async (): Promise<Readable> => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        if (Body === undefined)
          throw new Error(`object ${bucket}/${key} has no body, got nothing, expected its bytes`);
        return Body as Readable; // on Node the SDK's body always is one
      };
      yield { key, open };
    }
  }
}

/** All bytes of an object. */
export async function readBytes(object: StoredObject): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await object.open()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
