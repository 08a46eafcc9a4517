// Archives order events in S3: per partition and batch one compressed NDJSON object, which a redelivery overwrites.

import { S3Client } from '@aws-sdk/client-s3';
import { createConsumer, type ConsumerHandler } from '../../lib/index.ts';
import { requireSetting } from '../environment.ts';
import { createArchiver } from './archiver.ts';
import { readCompression } from './compression.ts';
import { archive } from './consumer.ts';

const bucket = requireSetting('ARCHIVE_BUCKET', "the archive bucket's name");
const compression = readCompression();

/** Lambda's entry point. Environment: `ARCHIVE_BUCKET`, and `ARCHIVE_COMPRESSION` (`zstd`, `gzip` or `lz4`). */
export const handler: ConsumerHandler = createConsumer(
  archive,
  createArchiver({ client: new S3Client({}), bucket, compression }),
);
