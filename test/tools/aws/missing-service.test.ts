// Calls of services that nobody has here, in every protocol of AWS: by the SDK's clients that the project has, and as the others
// write them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetSchemaVersionCommand, GlueClient } from '@aws-sdk/client-glue';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  startMissingServiceEndpoint,
  type MissingServiceEndpoint,
} from '../../../tools/aws/missing-service.ts';

let endpoint: MissingServiceEndpoint;
before(async () => {
  endpoint = await startMissingServiceEndpoint(['S3', 'SQS']);
});
after(async () => await endpoint.close());

const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

const clients: Readonly<Record<string, readonly [variable: string, words: string, () => Promise<unknown>]>> =
  {
    'JSON 1.0': [
      'DYNAMODB',
      'ListTables',
      async () => await new DynamoDBClient(toSettings()).send(new ListTablesCommand({})),
    ],
    'JSON 1.1': [
      'GLUE',
      'GetSchemaVersion',
      async () =>
        await new GlueClient(toSettings()).send(new GetSchemaVersionCommand({ SchemaVersionId: 'x' })),
    ],
    query: [
      'CLOUDFORMATION',
      'ListStacks',
      async () => await new CloudFormationClient(toSettings()).send(new ListStacksCommand({})),
    ],
    'REST with JSON': [
      'LAMBDA',
      'REST API',
      async () => await new LambdaClient(toSettings()).send(new ListFunctionsCommand({})),
    ],
  };

function toSettings(): {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: typeof credentials;
} {
  return { region: 'us-east-1', endpoint: endpoint.url, credentials };
}

for (const [protocol, [variable, words, call]] of Object.entries(clients)) {
  test(`is an error of the SDK that names the service, at once, by ${protocol}`, async () => {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof Error);
      assert.equal(error.name, 'NoLocalEndpoint');
      for (const word of [words, 'S3, SQS', `--env AWS_ENDPOINT_URL_${variable}=URL`])
        assert.ok(error.message.includes(word), error.message);
      const { $metadata: metadata } = error as { $metadata?: { attempts?: number; httpStatusCode?: number } };
      assert.deepEqual([metadata?.attempts, metadata?.httpStatusCode], [1, 400]);
      return true;
    });
  });
}

const signedFor = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIA/20261130/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

async function post(headers: Readonly<Record<string, string>>, path = '/', body = ''): Promise<Response> {
  return await fetch(endpoint.url + path, { method: 'POST', headers, body });
}

test('answers in XML where a REST API does', async () => {
  const answer = await post({ authorization: signedFor('cloudfront') }, '/2020-05-31/distribution');
  assert.equal(answer.headers.get('content-type'), 'text/xml');
  assert.match(
    await answer.text(),
    /<ErrorResponse><Error><Type>Sender<\/Type><Code>NoLocalEndpoint<\/Code><Message>no local endpoint for cloudfront,.*<\/Message><\/Error><RequestId>[-0-9a-f]{36}<\/RequestId><\/ErrorResponse>$/,
  );
});

test('answers EC2 in its own XML', async () => {
  const headers = { authorization: signedFor('ec2'), 'content-type': 'application/x-www-form-urlencoded' };
  const body = await (await post(headers, '/', 'Action=DescribeInstances&Version=2016-11-15')).text();
  assert.match(
    body,
    /<Response><Errors><Error>.*<Code>NoLocalEndpoint<\/Code>.*got a call of DescribeInstances/,
  );
});

test('answers in CBOR to who speaks it', async () => {
  const headers = { authorization: signedFor('monitoring'), 'smithy-protocol': 'rpc-v2-cbor' };
  const answer = await post(headers, '/service/GraniteServiceVersion20100801/operation/PutMetricData');
  assert.equal(answer.headers.get('smithy-protocol'), 'rpc-v2-cbor');
  const body = Buffer.from(await answer.arrayBuffer());
  assert.equal(body[0], 0xa2);
  assert.match(
    body.toString(),
    /__type.*NoLocalEndpoint.*message.*no local endpoint for monitoring, got a call of PutMetricData/,
  );
});

test('names a service by its own id before the name that it signs as', async () => {
  const headers = {
    authorization: signedFor('events'),
    'x-amz-target': 'AWSEvents.PutEvents',
    'user-agent': 'aws-sdk-js/3.1 os/linux lang/js api/secrets_manager#3.1 m/E',
  };
  const { message } = (await (await post(headers)).json()) as { readonly message: string };
  assert.match(message, /^no local endpoint for secrets manager, .*AWS_ENDPOINT_URL_SECRETS_MANAGER=URL$/);
});

test('answers clients that begin with HTTP/2, as those of Kinesis do', async () => {
  const session = connectHttp2(endpoint.url);
  const request = session.request({
    ':method': 'POST',
    ':path': '/',
    authorization: signedFor('kinesis'),
    'x-amz-target': 'Kinesis_20131202.PutRecord',
  });
  request.end('{}');
  const [headers] = (await once(request, 'response')) as [Record<string, unknown>];
  assert.equal(headers[':status'], 400);
  assert.equal(headers['x-amzn-errortype'], 'NoLocalEndpoint');
  assert.match(await text(request), /got a call of PutRecord/);
  session.close();
});

test('quotes nothing of a call but its name, and outlives callers that go away', async () => {
  const [, host = '', port = ''] = /\/\/(.*):(.*)/.exec(endpoint.url) ?? [];
  for (const bytes of [
    '',
    'PRI',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nrubbish',
    'GET / HTTP/1.1\r\nhost',
    '\0\0\0',
  ])
    connect(Number(port), host, function (this: ReturnType<typeof connect>) {
      this.end(bytes);
    }).on('error', () => {});
  const secret = 'PLANTED-MARKER';
  const headers = { authorization: signedFor('lambda'), 'content-type': 'application/json' };
  const answer = await post(
    headers,
    `/2015-03-31/functions/${secret}?x=${secret}`,
    JSON.stringify({ secret }),
  );
  assert.ok(!(await answer.text()).includes(secret));
});
