// Records that wait for the memory of others, and what these are held to take.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createWatermark } from '../../../../lib/memory/watermark.ts';
import { Admission, type Entrance } from '../../../../lib/runtime/admission/admission.ts';

const mb = 1_048_576;

describe('records that wait for others', () => {
  const record = { topic: 'orders', partition: 0, offset: 0, timestamp: 0, timestampType: 'CREATE_TIME' };

  interface Started {
    readonly process: { mb: number; ms: number };
    /** Of the oldest invocation. */
    readonly admission: Entrance;
    /** Opens the entrance of another invocation. */
    readonly open: () => Entrance;
  }

  /** An admission whose mark is at 108 MB, with one invocation. */
  function start(): Started {
    const process = { mb: 60, ms: 0 };
    const watermark = createWatermark({
      limitBytes: 128 * mb,
      residentBytes: () => process.mb * mb,
      trackedBytes: () => 0,
      collector: { major() {}, thorough() {} },
    });
    const decoder = { decompressedSize: () => mb, shrink() {} };
    const now = (): number => (process.ms += 8);
    const all = new Admission({ watermark, now, maxRecordBytes: mb, decoder });
    const open = (): Entrance => all.open(10_000);
    return { process, admission: open(), open };
  }

  test('are declined when the deadline has come meanwhile', async () => {
    const { process, admission } = start();
    assert.equal(admission.admit(record), undefined);
    process.mb = 110;
    const waiting = admission.admit(record);
    process.mb = 60;
    process.ms = 10_000;
    admission.leave();
    assert.equal(await waiting, 'deadline');
  });

  test('are held to take what those before them were seen to take', async () => {
    const { process, admission } = start();
    assert.equal(admission.admit(record), undefined);
    // The first one was seen to take 50 MB, so the second one is let start and a third one is not, although nothing is taken yet.
    process.mb = 110;
    const second = admission.admit(record);
    process.mb = 60;
    admission.leave();
    assert.equal(await second, undefined);
    assert.ok(admission.admit(record) instanceof Promise);
  });

  test('are declined when their invocation ends, whatever is still under way', async () => {
    const { process, admission, open } = start();
    const other = open();
    assert.equal(other.admit(record), undefined);
    process.mb = 110;
    const waiting = admission.admit(record);
    assert.ok(waiting instanceof Promise);
    admission.close();
    const later = new Promise((resolve) => setImmediate(resolve, 'still waits'));
    assert.equal(await Promise.race([waiting, later]), 'deadline');
  });

  test('wait for the end of an older invocation, though no record is under way', async () => {
    const { process, admission, open } = start();
    const younger = open();
    process.mb = 127;
    const first = younger.admit(record);
    assert.ok(first instanceof Promise);
    // What the older one held is free with its end.
    process.mb = 60;
    admission.close();
    assert.equal(await first, undefined);
    const youngest = open();
    process.mb = 127;
    younger.leave();
    const second = youngest.admit(record);
    assert.ok(second instanceof Promise);
    // The end of the older one has freed nothing: nobody is left to wait for, and one record starts even so.
    younger.close();
    assert.equal(await second, undefined);
    youngest.leave();
    assert.equal(youngest.admit(record), 'memory');
  });
});
