// From a request at the local endpoints to the actions and resources that IAM would be asked about. What is not known here gives
// none, and is not judged. Source: https://docs.aws.amazon.com/service-authorization/latest/reference/, one page a service.
import type { IncomingHttpHeaders } from 'node:http';
import type { Ask } from './evaluate.ts';

/** A request as an endpoint has it. */
export interface AwsRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed, bytes, or undefined for none. */
  readonly body: unknown;
}

/** The account that ARNs are made of. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** The service of a request, and what it asks for: all of it must be allowed. */
export interface AwsCall {
  readonly service: 's3' | 'sqs' | 'sns' | 'dynamodb';
  readonly asks: readonly Ask[];
  /** Whether each ask is answered for itself: several deletions in one request. */
  readonly isByKey?: boolean;
}

type Input = Readonly<Record<string, unknown>>;

/** Reads a request; undefined for none that is judged. */
export function toCall(request: AwsRequest, place: Place): AwsCall | undefined {
  const { headers, body } = request;
  const service = /Credential=[^,\s]*\/([a-z0-9-]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1];
  const target = String(headers['x-amz-target'] ?? '').split('.')[1] ?? '';
  switch (service) {
    case 's3':
      return { service, asks: toS3(request), isByKey: isDeletion(request) };
    case 'sqs':
      return { service, asks: toSqs(target, toInput(body), place) };
    case 'sns':
      return { service, asks: toSns(toInput(body)) };
    case 'dynamodb':
      return { service, asks: toDynamo(target, toInput(body), place) };
    case undefined:
    default:
      return undefined;
  }
}

function toInput(body: unknown): Input {
  if (!Buffer.isBuffer(body)) return (body ?? {}) as Input;
  try {
    return JSON.parse(body.toString()) as Input;
  } catch {
    return {}; // the endpoint itself complains
  }
}

/** What one S3 request means, by method, of an object and of a bucket; a subresource in the query is looked for first. */
const s3Actions: Readonly<Record<'object' | 'bucket', Readonly<Record<string, string>>>> = {
  object: {
    'GET tagging': 's3:GetObjectTagging',
    'PUT tagging': 's3:PutObjectTagging',
    'DELETE tagging': 's3:DeleteObjectTagging',
    'GET acl': 's3:GetObjectAcl',
    'PUT acl': 's3:PutObjectAcl',
    'GET uploadId': 's3:ListMultipartUploadParts',
    'DELETE uploadId': 's3:AbortMultipartUpload',
    'PUT uploadId': 's3:PutObject',
    'POST uploadId': 's3:PutObject',
    'POST uploads': 's3:PutObject',
    'GET versionId': 's3:GetObjectVersion',
    'HEAD versionId': 's3:GetObjectVersion',
    'DELETE versionId': 's3:DeleteObjectVersion',
    GET: 's3:GetObject',
    HEAD: 's3:GetObject',
    PUT: 's3:PutObject',
    DELETE: 's3:DeleteObject',
  },
  bucket: {
    'GET location': 's3:GetBucketLocation',
    'GET lifecycle': 's3:GetLifecycleConfiguration',
    'PUT lifecycle': 's3:PutLifecycleConfiguration',
    'DELETE lifecycle': 's3:PutLifecycleConfiguration',
    'GET uploads': 's3:ListBucketMultipartUploads',
    'GET versions': 's3:ListBucketVersions',
    'GET list-type': 's3:ListBucket',
    GET: 's3:ListBucket',
    HEAD: 's3:ListBucket',
    PUT: 's3:CreateBucket',
    DELETE: 's3:DeleteBucket',
  },
};

/** Parameters that qualify a request and name no subresource. */
const plainS3Parameter =
  /^(?:x-id|x-amz-.*|partNumber|prefix|delimiter|marker|max-keys|encoding-type|start-after|continuation-token|fetch-owner|response-.*)$/i;

function toS3({ method, url, headers, body }: AwsRequest): readonly Ask[] {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [, bucket = '', rest = ''] = /^\/([^/]*)\/?(.*)$/.exec(pathname) ?? [];
  if (bucket === '') return method === 'GET' ? [{ action: 's3:ListAllMyBuckets', resource: '*' }] : [];
  const bucketArn = `arn:aws:s3:::${decodeURIComponent(bucket)}`;
  const key = decodeURIComponent(rest);
  const names = [...searchParams.keys()].filter((name) => !plainS3Parameter.test(name));
  if (method === 'POST' && key === '' && names.includes('delete'))
    return readDeletedKeys(body).map((each) => ({
      action: 's3:DeleteObject',
      resource: `${bucketArn}/${each}`,
    }));
  const table = s3Actions[key === '' ? 'bucket' : 'object'];
  const known = names.map((name) => table[`${method} ${name}`]).find((each) => each !== undefined);
  // A subresource that is not listed is none of the plain actions.
  const action = known ?? (names.length === 0 ? table[method] : undefined);
  if (action === undefined) return [];
  const resource = key === '' ? bucketArn : `${bucketArn}/${key}`;
  const source = headers['x-amz-copy-source'];
  const asks = [{ action, resource }];
  if (typeof source === 'string')
    asks.push({
      action: 's3:GetObject',
      resource: `arn:aws:s3:::${decodeURIComponent(source).replace(/^\//, '').replace(/\?.*$/, '')}`,
    });
  if (action === 's3:PutObject' && headers['x-amz-tagging'] !== undefined)
    asks.push({ action: 's3:PutObjectTagging', resource });
  return asks;
}

function isDeletion({ method, url }: AwsRequest): boolean {
  return method === 'POST' && new URL(url, 'http://localhost').searchParams.has('delete');
}

function readDeletedKeys(body: unknown): readonly string[] {
  const text = Buffer.isBuffer(body) ? body.toString() : '';
  return Array.from(text.matchAll(/<Key>([^<]*)<\/Key>/g), ([, key = '']) =>
    key
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&apos;', "'")
      .replaceAll('&amp;', '&'),
  );
}

function toSqs(operation: string, input: Input, { accountId, region }: Place): readonly Ask[] {
  if (operation === 'ListQueues') return [{ action: 'sqs:ListQueues', resource: '*' }];
  const name = toText(input['QueueName'] ?? input['QueueUrl'])
    .split('/')
    .at(-1);
  if (operation === '' || name === undefined || name === '') return [];
  // The batch calls have no actions of their own.
  const action = `sqs:${operation.replace(/Batch$/, '')}`;
  return [{ action, resource: `arn:aws:sqs:${region}:${accountId}:${name}` }];
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function toSns(input: Input): readonly Ask[] {
  const operation = toText(input['Action']);
  const arn = input['TopicArn'] ?? input['TargetArn'];
  if (operation === 'ListTopics' || operation === 'ListSubscriptions')
    return [{ action: `sns:${operation}`, resource: '*' }];
  if (operation === '' || typeof arn !== 'string') return [];
  return [{ action: `sns:${operation === 'PublishBatch' ? 'Publish' : operation}`, resource: arn }];
}

/** The action of one item of a transaction; see "Transactions and IAM" in the DynamoDB guide. */
const transactionActions: Readonly<Record<string, string>> = {
  Put: 'dynamodb:PutItem',
  Update: 'dynamodb:UpdateItem',
  Delete: 'dynamodb:DeleteItem',
  ConditionCheck: 'dynamodb:ConditionCheckItem',
  Get: 'dynamodb:GetItem',
};

function toDynamo(operation: string, input: Input, { accountId, region }: Place): readonly Ask[] {
  const toArn = (table: string): string =>
    table.startsWith('arn:') ? table : `arn:aws:dynamodb:${region}:${accountId}:table/${table}`;
  if (operation === 'ListTables') return [{ action: 'dynamodb:ListTables', resource: '*' }];
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
    const items = (input['TransactItems'] ?? []) as readonly Readonly<Record<string, Input | undefined>>[];
    return items.flatMap((item) =>
      Object.entries(item).flatMap(([kind, each]) => {
        const action = transactionActions[kind];
        const table = each?.['TableName'];
        return action === undefined || typeof table !== 'string' ? [] : [{ action, resource: toArn(table) }];
      }),
    );
  }
  const action = `dynamodb:${operation}`;
  const batch = input['RequestItems'];
  if (typeof batch === 'object' && batch !== null)
    return Object.keys(batch).map((table) => ({ action, resource: toArn(table) }));
  const table = input['TableName'];
  if (operation === '' || typeof table !== 'string') return [];
  const index = input['IndexName'];
  const resource = typeof index === 'string' ? `${toArn(table)}/index/${index}` : toArn(table);
  return [{ action, resource }];
}
