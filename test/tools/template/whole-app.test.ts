// Apps as people have them: several stacks, several languages, functions with more than one source.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readApp } from '../../../tools/local/run.ts';
import { endpoints, fn, mapping, namesOf, writeAssembly } from '../../support/assembly.ts';
import { isLocalError } from '../../support/topology.ts';

test('tells the mappings of one function apart, and runs one of them alone', async (t) => {
  const Resources = {
    Fn: fn({ FunctionName: 'clicker' }),
    A: mapping({ Ref: 'Fn' }, { Topics: ['clicks'] }),
    B: mapping({ 'Fn::GetAtt': ['Fn', 'Arn'] }, { Topics: ['views'] }),
  };
  const cdkOut = await writeAssembly(t, { App: { Resources } });
  const app = readApp(cdkOut, endpoints);
  assert.deepEqual(namesOf(app), ['clicker/clicks', 'clicker/views']);
  assert.deepEqual(
    app.functions.map(({ name }) => name),
    ['clicker'],
  );
  assert.deepEqual(namesOf(readApp(cdkOut, endpoints, { consumers: ['clicker/views'] })), ['clicker/views']);
  assert.throws(
    () => readApp(cdkOut, endpoints, { consumers: ['clicker'] }),
    isLocalError('NO_SUCH_CONSUMER', 'clicker/clicks, clicker/views'),
  );
});

test('calls a function that a mapping names by an alias, a version or an ARN', async (t) => {
  const Resources = {
    Fn: fn({ FunctionName: 'clicker' }),
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Fn' } } },
    Alias: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] }, Name: { 'Fn::Sub': 'live' } },
    },
    A: mapping({ Ref: 'Alias' }, { Topics: ['a'] }),
    B: mapping({ Ref: 'Version' }, { Topics: ['b'] }),
    C: mapping('clicker:live', { Topics: ['c'] }),
    D: mapping('arn:aws:lambda:eu-west-1:000000000000:function:clicker', { Topics: ['d'] }),
  };
  const { functions, mappings } = readApp(await writeAssembly(t, { App: { Resources } }), endpoints);
  assert.equal(functions.length, 1);
  assert.deepEqual(
    mappings.map(({ functionName, topic }) => `${functionName} ${topic}`),
    ['clicker a', 'clicker b', 'clicker c', 'clicker d'],
  );
});

test('refuses one consumer group for two mappings', async (t) => {
  const config = { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mine' } };
  const Resources = {
    Fn: fn({ FunctionName: 'clicker' }),
    A: mapping({ Ref: 'Fn' }, { Topics: ['a'], ...config }),
    B: mapping({ Ref: 'Fn' }, { Topics: ['b'], ...config }),
  };
  const cdkOut = await writeAssembly(t, { App: { Resources } });
  assert.throws(
    () => readApp(cdkOut, endpoints),
    isLocalError('UNSUPPORTED', 'mine', 'clicker/a', 'clicker/b'),
  );
  assert.deepEqual(namesOf(readApp(cdkOut, endpoints, { consumers: ['clicker/b'] })), ['clicker/b']);
});

test('runs the Node consumers of an app that has others, once they are named', async (t) => {
  const Resources = {
    Py: fn({
      FunctionName: 'py',
      Runtime: 'python3.13',
      Environment: { Variables: { A: { Ref: 'Nobody' } } },
    }),
    Js: fn({ FunctionName: 'js' }),
    PyMapping: mapping({ Ref: 'Py' }),
    JsMapping: mapping({ Ref: 'Js' }),
  };
  const cdkOut = await writeAssembly(t, { App: { Resources } });
  assert.throws(
    () => readApp(cdkOut, endpoints),
    isLocalError('UNSUPPORTED', 'python3.13', 'App/Py', '--consumer js'),
  );
  assert.deepEqual(namesOf(readApp(cdkOut, endpoints, { consumers: ['js'] })), ['js']);
});

test('leaves alone the functions of other sources', async (t) => {
  const Resources = {
    Py: fn({ FunctionName: 'py', Runtime: 'python3.13' }),
    Js: fn({ FunctionName: 'js' }),
    Queue: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { FunctionName: { Ref: 'Py' } } },
    JsMapping: mapping({ Ref: 'Js' }),
  };
  const { functions } = readApp(await writeAssembly(t, { App: { Resources } }), endpoints);
  assert.deepEqual(
    functions.map(({ name }) => name),
    ['js'],
  );
});

test('finds the layers that the app holds, in their order, and names the others', async (t) => {
  const layer = { Type: 'AWS::Lambda::LayerVersion', Properties: { Content: { S3Key: 'code.zip' } } };
  const abroad = 'arn:aws:lambda:eu-west-1:123456789012:layer:theirs:7';
  const cdkOut = await writeAssembly(t, {
    App: {
      Resources: {
        Layer: layer,
        Fn: fn({ Layers: [{ Ref: 'Layer' }, abroad] }),
        Mapping: mapping({ Ref: 'Fn' }),
      },
    },
  });
  const [found] = readApp(cdkOut, endpoints).functions;
  assert.deepEqual(found?.layerPaths, [join(cdkOut, 'code')]);
  assert.equal(found.warnings.length, 1);
  assert.ok(found.warnings[0]?.includes(abroad));
});

test('reads how many invocations a function may have at once, and refuses none', async (t) => {
  const concurrencyOf = async (ReservedConcurrentExecutions: unknown): Promise<number | undefined> => {
    const Resources = { Fn: fn({ ReservedConcurrentExecutions }), Mapping: mapping({ Ref: 'Fn' }) };
    const app = readApp(await writeAssembly(t, { App: { Resources } }), endpoints);
    return app.functions[0]?.reservedConcurrency;
  };
  assert.equal(await concurrencyOf(undefined), undefined);
  assert.equal(await concurrencyOf(1), 1);
  await assert.rejects(
    concurrencyOf(0),
    isLocalError('UNSUPPORTED', 'ReservedConcurrentExecutions', 'App/Fn'),
  );
});

test('says what cannot run here, and what would', async (t) => {
  for (const [properties, ...words] of [
    [{ PackageType: 'Image', Code: { ImageUri: 'x' }, Runtime: undefined }, 'container image', 'App/Fn'],
    [{ Code: { S3Bucket: 'b', S3Key: 'elsewhere.zip' } }, 'elsewhere.zip', 'asset'],
  ] as const) {
    const Resources = { Fn: fn(properties), Mapping: mapping({ Ref: 'Fn' }) };
    const cdkOut = await writeAssembly(t, { App: { Resources } });
    assert.throws(() => readApp(cdkOut, endpoints), isLocalError('UNSUPPORTED', ...words));
  }
  const serverless = await writeAssembly(t, {
    App: { Resources: { Fn: { Type: 'AWS::Serverless::Function' } } },
  });
  assert.throws(
    () => readApp(serverless, endpoints),
    isLocalError('NO_SUCH_CONSUMER', 'AWS::Lambda::EventSourceMapping', 'SAM'),
  );
  const abroad = await writeAssembly(t, { App: { Resources: { Mapping: mapping('somebody-elses') } } });
  assert.throws(() => readApp(abroad, endpoints), isLocalError('UNSUPPORTED', 'somebody-elses'));
});
