// The guard before the endpoints, by the SDK's own requests: what a policy does not allow is denied in the service's own way, and
// what nobody can be sure of is not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import {
  account,
  bucketArn,
  objects,
  queueArn,
  tableArn,
  toCalls,
  topicArn,
  type Call,
} from './sdk-calls.ts';
import { startAwsEndpoints, type LocalEndpoints } from '../../../../tools/aws/endpoints.ts';
import {
  toAccessKeyId,
  type Permissions,
  type Statement,
} from '../../../../tools/aws/permissions/permissions.ts';
import { createResources, toQueueUrl } from '../../../../tools/aws/resources.ts';

let endpoints: LocalEndpoints;
let calls: readonly Call[];
let clients: {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  dynamo: DynamoDBClient;
};

before(async () => {
  endpoints = await startAwsEndpoints();
  await createResources(
    {
      buckets: [{ name: 'bucket' }, { name: 'strange' }],
      queues: [{ name: 'queue', fifo: false, attributes: {} }],
      topics: [{ name: 'topic' }],
      tables: [
        {
          name: 'table',
          keySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
          attributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
        },
      ],
    },
    endpoints,
  );
  const { environment, region } = endpoints;
  const credentials = { accessKeyId: toAccessKeyId('fn'), secretAccessKey: 'secret' };
  const of = (service: string): { region: string; credentials: typeof credentials; endpoint: string } => ({
    region,
    credentials,
    endpoint: environment[`AWS_ENDPOINT_URL_${service}`] ?? '',
  });
  clients = {
    s3: new S3Client({ ...of('S3'), forcePathStyle: true }),
    sqs: new SQSClient(of('SQS')),
    sns: new SNSClient(of('SNS')),
    dynamo: new DynamoDBClient(of('DYNAMODB')),
  };
  calls = toCalls(clients, toQueueUrl(endpoints, 'queue'));
  await permit([allow('s3:PutObject', `${bucketArn}/*`)]);
  await clients.s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'there', Body: 'x' }));
});

after(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await endpoints.close();
});

const object = { Bucket: 'bucket', Key: 'some/key' };
const plain = { isNotAction: false, isNotResource: false, isUnsure: false };

function allow(actions: string, resources: string, more: Partial<Statement> = {}): Statement {
  return { ...plain, effect: 'Allow', actions: actions.split(' '), resources: resources.split(' '), ...more };
}

function toPermissions(statements: readonly Statement[], policy: readonly Statement[] = []): Permissions {
  return {
    accountId: account,
    region: 'us-east-1',
    callers: [
      {
        accessKeyId: toAccessKeyId('fn'),
        functionName: 'fn',
        roleArn: `arn:aws:iam::${account}:role/role`,
        statements,
      },
    ],
    resources: [bucketArn, queueArn, topicArn, tableArn].map((arn) => ({ arn, statements: policy })),
  };
}

async function permit(statements: readonly Statement[], policy: readonly Statement[] = []): Promise<void> {
  await endpoints.permit(toPermissions(statements, policy));
}

const names: Readonly<Record<string, string>> = {
  s3: 'AccessDenied',
  sqs: 'AccessDenied',
  sns: 'AuthorizationErrorException',
  dynamodb: 'AccessDeniedException',
};

const [service, wild] = ['s3:* sqs:* sns:* dynamodb:*', '*'];
const policies: readonly {
  readonly what: string;
  readonly statements: (call: Call) => readonly Statement[];
  readonly policy?: (call: Call) => readonly Statement[];
  readonly isAllowed: boolean;
}[] = [
  { what: 'no statement', statements: () => [], isAllowed: false },
  { what: 'just that', statements: ({ action, resource }) => [allow(action, resource)], isAllowed: true },
  {
    what: 'that in other case, by wildcards',
    statements: ({ action }) => [allow(`${action.slice(0, -2).toUpperCase()}*`, 'arn:aws:*:bucket* *')],
    isAllowed: true,
  },
  { what: 'another action', statements: ({ resource }) => [allow('s3:Nothing', resource)], isAllowed: false },
  {
    what: 'all but that action',
    statements: ({ action }) => [allow(action, wild, { isNotAction: true })],
    isAllowed: false,
  },
  {
    what: 'all but another',
    statements: () => [allow('s3:Nothing', wild, { isNotAction: true })],
    isAllowed: true,
  },
  {
    what: 'all with one denial',
    statements: ({ action, resource }) => [allow(service, wild), allow(action, resource, { effect: 'Deny' })],
    isAllowed: false,
  },
  {
    what: 'all with a denial on a condition',
    statements: ({ action }) => [
      allow(service, wild),
      allow(action, wild, { effect: 'Deny', isUnsure: true }),
    ],
    isAllowed: true,
  },
  {
    what: 'that on a condition, on a resource that is not known',
    statements: ({ action }) => [allow(action, 'arn:aws:unknown', { isUnsure: true })],
    isAllowed: true,
  },
];

for (const { what, statements, isAllowed } of policies) {
  test(`${isAllowed ? 'allows' : 'denies'} what a role has for: ${what}`, async () => {
    for (const call of calls) {
      await permit(statements(call));
      if (isAllowed) {
        await call.send();
        continue;
      }
      await assert.rejects(call.send(), (error: Error) => {
        assert.equal(error.name, names[call.action.split(':')[0] ?? ''], call.action);
        assert.match(error.message, new RegExp(`assumed-role/role/fn is not authorized to perform: `));
        assert.ok(error.message.includes(`${call.action} on resource: ${call.resource} `), error.message);
        return true;
      });
    }
  });
}

test("takes a resource's own policy, which may name the role, the account or anybody, and a service never", async () => {
  const send = (): Promise<unknown> => clients.s3.send(new PutObjectCommand({ ...object, Body: 'x' }));
  const role = `arn:aws:iam::${account}:role/role`;
  for (const principal of [role, '*', account, `arn:aws:iam::${account}:root`]) {
    await permit([], [allow('s3:*', objects, { principals: [principal] })]);
    await send();
  }
  for (const principal of [`${role}2`, 's3.amazonaws.com']) {
    await permit([], [allow('s3:*', objects, { principals: [principal] })]);
    await assert.rejects(send(), { name: 'AccessDenied' });
  }
  await permit([allow('s3:*', objects)], [allow('s3:*', objects, { effect: 'Deny', principals: ['*'] })]);
  await assert.rejects(send(), /explicit deny/);
});

test('judges nothing of somebody else, of other credentials, or that it does not know', async () => {
  await permit([]);
  await clients.s3.send(new PutObjectCommand({ Bucket: 'strange', Key: 'k', Body: 'x' }));
  const { environment, region } = endpoints;
  const other = new S3Client({
    region,
    forcePathStyle: true,
    endpoint: environment['AWS_ENDPOINT_URL_S3'] ?? '',
    credentials: { accessKeyId: 'tailrace', secretAccessKey: 'tailrace' },
  });
  await other.send(new PutObjectCommand({ ...object, Body: 'x' }));
  other.destroy();
});

test('asks for the source of a copy too, and answers deletions key by key', async () => {
  await permit([allow('s3:PutObject', objects)]);
  const copy = new CopyObjectCommand({ Bucket: 'bucket', Key: 'copy', CopySource: 'bucket/there' });
  await assert.rejects(clients.s3.send(copy), /s3:GetObject/);
  await assert.rejects(
    clients.s3.send(new HeadObjectCommand(object)),
    (error: S3ServiceException) => error.$metadata.httpStatusCode === 403,
  );
  const { Errors = [], Deleted } = await clients.s3.send(
    new DeleteObjectsCommand({ Bucket: 'bucket', Delete: { Objects: [{ Key: 'a&b' }, { Key: 'c' }] } }),
  );
  assert.deepEqual(
    Errors.map(({ Key, Code }) => [Key, Code]),
    [
      ['a&b', 'AccessDenied'],
      ['c', 'AccessDenied'],
    ],
  );
  assert.equal(Deleted, undefined);
});

test('counts what it has denied, and names no key', async () => {
  const denied = await endpoints.denials();
  const put = denied.find(({ action, reason }) => action === 's3:PutObject' && reason === 'implicit');
  assert.equal(put?.resource, `${bucketArn}/*`);
  assert.equal(put.caller, 'fn');
  assert.ok(put.calls > 2);
  assert.doesNotMatch(JSON.stringify(denied), /some\/key/);
});
