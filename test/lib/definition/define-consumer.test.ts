import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { defineConsumer, DefinitionError, json } from '../../../lib/index.ts';

const base = { name: 'orders', topic: 'orders' };

function problemsOf(definition: unknown): readonly string[] {
  try {
    defineConsumer(definition as never);
    return [];
  } catch (error) {
    assert.ok(error instanceof DefinitionError);
    assert.equal(error.code, 'INVALID_DEFINITION');
    return error.problems.map(({ field, got, expected }) => `${field}: got ${got}, expected ${expected}`);
  }
}

describe('defineConsumer', () => {
  test('shows what JSON cannot write', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const wrong = { ...base, name: 5n, concurrency: Number.NaN, timeoutSeconds: Number.POSITIVE_INFINITY };
    assert.deepEqual(
      problemsOf({ ...wrong, key: cycle, retry: { maxAttempts: 10n } }).map((each) => each.split(',')[0]),
      [
        'name: got 5n',
        'key: got object',
        'concurrency: got NaN',
        'retry.maxAttempts: got 10n',
        'timeoutSeconds: got Infinity',
      ],
    );
  });

  test('says what is missing', () => {
    assert.deepEqual(
      problemsOf({}).map((each) => each.split(',')[0]),
      ['name: got nothing', 'topic: got nothing'],
    );
  });

  test('fills in every default', () => {
    assert.deepEqual(defineConsumer(base), {
      ...base,
      value: undefined,
      key: undefined,
      compression: 'detect',
      order: 'partition',
      concurrency: 10,
      batch: { maxRecords: 100, maximumBatchingWindowSeconds: 1 },
      retry: { maxAttempts: 5, maxAgeSeconds: 86_400, bisect: true },
      deadLetter: { to: 's3' },
      limits: {
        maxDecompressedBytesPerRecord: 1_048_576,
        maxValueBytesPerRecord: 16_777_216,
        maxDecompressedBytesInFlight: 16_777_216,
      },
      memory: { sizeMb: 256, measuredPeakMb: undefined, measuredFor: undefined },
      timeoutSeconds: 60,
      provisionedPollers: { min: 1, max: 4 },
      startingPosition: 'TRIM_HORIZON',
    });
  });

  const numbers: readonly (readonly [path: string, min: number, max: number])[] = [
    ['concurrency', 1, 1000],
    ['batch.maxRecords', 1, 10_000],
    ['batch.maximumBatchingWindowSeconds', 0, 300],
    ['retry.maxAttempts', 1, 10_001],
    ['retry.maxAgeSeconds', 60, 604_800],
    ['limits.maxDecompressedBytesPerRecord', 1, 1_073_741_824],
    ['limits.maxValueBytesPerRecord', 1024, 1_073_741_824],
    ['limits.maxDecompressedBytesInFlight', 1, 1_073_741_824],
    ['memory.sizeMb', 128, 10_240],
    ['memory.measuredPeakMb', 1, 10_240],
    ['timeoutSeconds', 1, 840],
    ['provisionedPollers.min', 1, 200],
    ['provisionedPollers.max', 1, 2000],
  ];
  for (const [path, min, max] of numbers) {
    test(`takes ${path} from ${min} to ${max} and refuses what lies outside, naming field, value and range`, () => {
      const at = (value: unknown): unknown => {
        const [outer, inner] = path.split('.') as [string, string?];
        return { ...base, [outer]: inner === undefined ? value : { [inner]: value } };
      };
      for (const good of [min, max]) assert.deepEqual(problemsOf(at(good)), []);
      for (const bad of [min - 1, max + 1, min + 0.5, '5', null]) {
        assert.deepEqual(problemsOf(at(bad)), [
          `${path}: got ${JSON.stringify(bad)}, expected an integer ${min}..${max}`,
        ]);
      }
    });
  }

  test('refuses names and topics that AWS would refuse', () => {
    for (const name of ['', 'Orders', '1st', 'a'.repeat(41), 7])
      assert.equal(problemsOf({ ...base, name }).length, 1);
    for (const topic of [
      '',
      '.hidden',
      'x',
      'with space',
      '*rders',
      '?o',
      '/a',
      'äb',
      '${a',
      'a'.repeat(250),
    ]) {
      assert.equal(problemsOf({ ...base, topic }).length, 1, topic);
    }
    for (const topic of ['ab', '_a', '-a', '9a', 'a.b-c_D9', 'a'.repeat(249)])
      assert.deepEqual(problemsOf({ ...base, topic }), []);
    assert.deepEqual(problemsOf({ name: 'orders' }).length, 1);
  });

  test('lists every problem at once, unknown fields among them', () => {
    const problems = problemsOf({
      ...base,
      ordre: 'key',
      order: 'keys',
      retry: { bisect: 'yes', max: 3 },
      value: {},
      deadLetter: { to: 'sqs' },
    });
    assert.deepEqual(problems.map((problem) => problem.split(':')[0]).toSorted(), [
      'deadLetter.to',
      'order',
      'ordre',
      'retry.bisect',
      'retry.max',
      'value',
    ]);
    assert.match(problems.join('\n'), /order: got "keys", expected "partition" or "key" or "none"/);
  });

  test('says what a field of an earlier version is called now', () => {
    assert.deepEqual(problemsOf({ ...base, startFrom: 'LATEST', batch: { windowSeconds: 2 } }), [
      'startFrom: got "LATEST", expected no such field; it is called startingPosition now',
      'batch.windowSeconds: got 2, expected no such field; it is called maximumBatchingWindowSeconds now',
    ]);
    assert.match(problemsOf({ ...base, constructor: 1 }).join(), /no such field; known are /);
  });

  test('refuses a definition that is no object', () => {
    for (const definition of [undefined, null, 'orders', []]) assert.ok(problemsOf(definition).length > 0);
  });

  test('requires max pollers to be at least min', () => {
    assert.deepEqual(problemsOf({ ...base, provisionedPollers: { min: 5, max: 4 } }), [
      'provisionedPollers.max: got 4, expected an integer 5..2000',
    ]);
    const onDemand = defineConsumer({ ...base, provisionedPollers: false });
    assert.equal(onDemand.provisionedPollers, false);
    assert.deepEqual([onDemand.retry.maxAttempts, onDemand.retry.bisect], [11, false]);
    assert.deepEqual(problemsOf({ ...base, provisionedPollers: false, retry: { maxAttempts: 3 } }), [
      'retry: got {"maxAttempts":3}, expected nothing together with provisionedPollers: false, for which AWS accepts no retry settings',
    ]);
    assert.deepEqual(defineConsumer({ ...base, provisionedPollers: { min: 7 } }).provisionedPollers, {
      min: 7,
      max: 7,
    });
  });

  test('takes formats, compressions and a measured memory profile', () => {
    const memory = { sizeMb: 512, measuredPeakMb: 143, measuredAt: '2026-11-22', measuredBy: 'npm start' };
    const config = defineConsumer({ ...base, value: json(), compression: ['lz4', 'gzip'], memory });
    assert.deepEqual(
      [config.value?.name, config.compression, config.memory],
      ['json', ['lz4', 'gzip'], { sizeMb: 512, measuredPeakMb: 143, measuredFor: undefined }],
    );
    assert.equal(problemsOf({ ...base, compression: ['rar'] }).length, 1);
    assert.equal(problemsOf({ ...base, compression: [] }).length, 1);
  });
});

test('lets a value become sixteen times its limit, at most a sixteenth of the memory size', () => {
  const most = (sizeMb: number, maxDecompressedBytesPerRecord: number): number =>
    defineConsumer({
      name: 'orders',
      topic: 'orders',
      memory: { sizeMb },
      limits: { maxDecompressedBytesPerRecord },
    }).limits.maxValueBytesPerRecord;
  assert.deepEqual(
    [most(1024, 1000), most(1024, 1_048_576), most(128, 1_048_576), most(128, 1)],
    [16_000, 16_777_216, 8_388_608, 1024],
  );
});
