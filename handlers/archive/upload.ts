// A stream of unknown length into one S3 object, within the memory of two parts. Not lib-storage: an upload of its that is aborted goes
// on with the request under way, after the invocation has answered (docs/decisions/0003-dependencies-of-the-runtime.md).

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';

/** S3's smallest part, the last one excepted: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const partBytes = 5 * 1024 * 1024;

/** Where an object goes. */
export interface UploadTarget {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly signal: AbortSignal;
}

/**
 * Uploads what `chunks` gives, and resolves once the object is there, whole: one request up to 5 MiB, in parts above.
 *
 * The next chunk is asked for only when the one before has been taken or sent, so a slow upload slows its source. When
 * anything fails there is no object (or the one from before, untouched), and the parts are taken back.
 */
export async function uploadObject(chunks: AsyncIterable<Buffer>, target: UploadTarget): Promise<void> {
  const parts = toParts(chunks);
  const first = await parts.next();
  const second = first.done ? first : await parts.next();
  if (first.done || second.done) return putObject(first.value ?? Buffer.alloc(0), target);
  await uploadParts([first.value, second.value], parts, target);
}

/** Joins chunks to parts of at least 5 MiB; only the last one may be shorter. */
async function* toParts(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let gathered: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    gathered.push(chunk);
    bytes += chunk.length;
    if (bytes < partBytes) continue;
    const part = Buffer.concat(gathered, bytes);
    [gathered, bytes] = [[], 0];
    yield part;
  }
  if (bytes > 0) yield Buffer.concat(gathered, bytes);
  return undefined;
}

async function putObject(
  body: Buffer,
  { client, bucket, key, contentType, signal }: UploadTarget,
): Promise<void> {
  const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType });
  await client.send(command, { abortSignal: signal });
}

async function uploadParts(
  begun: Buffer[],
  rest: AsyncIterable<Buffer>,
  { client, bucket, key, contentType, signal }: UploadTarget,
): Promise<void> {
  const place = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(
    // S3 compares the parts' checksums, which the client computes, with those named at completion.
    new CreateMultipartUploadCommand({ ...place, ContentType: contentType, ChecksumAlgorithm: 'CRC32' }),
    { abortSignal: signal },
  );
  try {
    const Parts: CompletedPart[] = [];
    const send = async (Body: Buffer): Promise<void> => {
      const PartNumber = Parts.length + 1;
      const command = new UploadPartCommand({
        ...place,
        UploadId,
        PartNumber,
        Body,
        ChecksumAlgorithm: 'CRC32',
      });
      const { ETag, ChecksumCRC32 } = await client.send(command, { abortSignal: signal });
      Parts.push({ PartNumber, ETag, ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }) });
    };
    for (let part = begun.shift(); part; part = begun.shift()) await send(part);
    for await (const part of rest) await send(part);
    await client.send(
      new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }),
      {
        abortSignal: signal,
      },
    );
  } catch (error) {
    // Without the signal: that it fired may be the very reason. A bucket rule takes away what cannot be taken back here.
    await client
      .send(new AbortMultipartUploadCommand({ ...place, UploadId }))
      .catch((abortError: unknown) => {
        throw new AggregateError(
          [error, abortError],
          'upload failed, and its parts could not be taken back',
          {
            cause: error,
          },
        );
      });
    throw error;
  }
}
