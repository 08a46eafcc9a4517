// The one way this app makes a bucket: closed to the public, TLS only, encrypted, versioned, and without the debris of cut
// uploads.

import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** What becomes of a bucket and of its objects. */
export interface PrivateBucketProps {
  /** What happens to the bucket when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  /** Days after which an object is deleted, 1 or more. Default never. */
  readonly expirationDays?: number;
  /** Days after which objects under a prefix are deleted, by prefix, 1 or more. Default never. */
  readonly prefixExpirationDays?: Readonly<Record<string, number>>;
}

/** Of dead letters only what a redrive has resolved goes by itself: after a quarter. */
export const deadLetterExpirations: Readonly<Record<string, number>> = { 'resolved/': 90 };

const replacedDays = 30;

/** A bucket that only roles with an explicit grant reach; what is overwritten is kept for 30 days. */
export class PrivateBucket extends Bucket {
  constructor(
    scope: Construct,
    id: string,
    { removalPolicy, expirationDays, prefixExpirationDays = {} }: PrivateBucketProps,
  ) {
    super(scope, id, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: true,
      minimumTLSVersion: 1.2,
      removalPolicy,
      lifecycleRules: [
        {
          id: 'clean-up',
          abortIncompleteMultipartUploadAfter: Duration.days(7),
          noncurrentVersionExpiration: Duration.days(replacedDays),
          ...(expirationDays === undefined ? {} : { expiration: Duration.days(expirationDays) }),
        },
        ...Object.entries(prefixExpirationDays).map(([prefix, days]) => ({
          id: `expire-${prefix.replaceAll('/', '')}`,
          prefix,
          expiration: Duration.days(days),
        })),
      ],
    });
    // A kept bucket that lost its policy would take requests without TLS.
    this.policy?.applyRemovalPolicy(removalPolicy);
  }
}
