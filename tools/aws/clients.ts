// SDK clients for the tools themselves. Made from the endpoints' data instead of process.env, so that a tool's own
// environment (profiles, real credentials) can never direct a local run at a real account.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { AwsEndpoints } from './endpoints.ts';

/** One client per service, until `close()`. */
export interface AwsClients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly dynamo: DynamoDBClient;
  /** For its Schema Registry. */
  readonly glue: GlueClient;
  /** Lets go of the clients' connections. */
  close(): void;
}

/** Makes clients that talk to these endpoints only; connects to nothing by itself. */
export function createClients(endpoints: Pick<AwsEndpoints, 'environment' | 'region'>): AwsClients {
  const { environment, region } = endpoints;
  const settings = {
    region,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
  const withEndpoint = (service: string): typeof settings & { readonly endpoint?: string } => {
    const endpoint = environment[`AWS_ENDPOINT_URL_${service}`];
    return endpoint === undefined ? settings : { ...settings, endpoint };
  };
  const s3 = new S3Client({ ...withEndpoint('S3'), forcePathStyle: true });
  const sqs = new SQSClient(withEndpoint('SQS'));
  const sns = new SNSClient(withEndpoint('SNS'));
  const dynamo = new DynamoDBClient(withEndpoint('DYNAMODB'));
  const glue = new GlueClient({ ...withEndpoint('GLUE'), maxAttempts: 2 });
  return {
    s3,
    sqs,
    sns,
    dynamo,
    glue,
    close() {
      for (const client of [s3, sqs, sns, dynamo, glue]) client.destroy();
    },
  };
}
