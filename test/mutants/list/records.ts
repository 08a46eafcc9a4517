// Records from the event to the lease: the byte budget, what is leased, headers and odd fields.

import type { MutantArea } from '../mutant.ts';

/** In the order of the files. */
export const recordMutants: MutantArea = {
  area: 'records',
  mutants: [
    {
      fault: "does not give a record's bytes back",
      file: 'lib/runtime/record/record-loader.ts',
      find: '    this.#options.budget.give(lease.release());',
      replace: '    lease.release();',
      caughtBy: ['test/lib/runtime/record/record-loader.test.ts'],
    },
    {
      fault: 'gives bytes back and leaves the lease open',
      file: 'lib/runtime/record/record-loader.ts',
      find: '    this.#options.budget.give(lease.release());',
      replace: "    this.#options.budget.give(Reflect.get(lease, 'budgetBytes') ?? 0);",
      caughtBy: ['test/lib/runtime/consumer-lease.test.ts'],
    },
    {
      fault: 'gives nothing back when a validator has refused a value',
      file: 'lib/runtime/record/record-loader.ts',
      find: `    } catch (error) {
      budget.give(decoded.budgetBytes);
      throw error;
    }`,
      replace: `    } catch (error) {
      throw error;
    }`,
      caughtBy: ['test/lib/runtime/record/record-loader.test.ts'],
    },
    {
      fault: 'keeps the room of a record that waits for its schema',
      file: 'lib/runtime/record/record-loader.ts',
      find: `      budget.give(decoded.budgetBytes);
      decoded = await openWhenReady`,
      replace: '      decoded = await openWhenReady',
      caughtBy: ['test/lib/runtime/record/record-loader.test.ts', 'test/lib/format/pending.test.ts'],
    },
    {
      fault: 'keeps the room of a record that waits for another schema',
      file: 'lib/runtime/record/record-loader.ts',
      find: `    this.#options.budget.give(decoded.budgetBytes);
    return decoded.value;`,
      replace: '    return decoded.value;',
      caughtBy: ['test/lib/runtime/record/record-loader.test.ts', 'test/lib/format/pending.test.ts'],
    },
    {
      fault: 'gives nothing back when a record that had to wait cannot be opened',
      file: 'lib/runtime/record/record-loader.ts',
      find: `        budget.give(bytes);
        if (!(error instanceof NoRoomError)) throw error;`,
      replace: '        if (!(error instanceof NoRoomError)) throw error;',
      caughtBy: ['test/lib/runtime/record/record-loader.test.ts'],
    },
    {
      fault: 'holds for a record what it was presumed to need',
      file: 'lib/runtime/record/record-loader.ts',
      find: `        budget.give(spareBytes);
        return decoded;`,
      replace: '        return decoded;',
      caughtBy: ['test/lib/runtime/record/record-loader.test.ts'],
    },
    {
      fault: 'starts a record that does not fit the byte budget',
      file: 'lib/runtime/record/record-loader.ts',
      find: '    if (budget.tryTake(decoded.budgetBytes)) return decoded;',
      replace: '    if (budget.tryTake(decoded.budgetBytes) || budget.free > 0) return decoded;',
      caughtBy: ['test/lib/runtime/record/record-loader.test.ts'],
    },
    {
      fault: 'decodes a record that waits without a bound',
      file: 'lib/runtime/record/record-loader.ts',
      find: 'decoder.decode(event, bytes < budget.maxBytes ? bytes : undefined);',
      replace: 'decoder.decode(event, undefined);',
      caughtBy: ['test/lib/runtime/record/record-loader.test.ts'],
    },
    {
      fault: 'opens a record that has a fault',
      file: 'lib/runtime/record/record-loader.ts',
      find: '    if (event.fault !== undefined) throw event.fault;',
      replace: '',
      caughtBy: ['test/lib/runtime/record/record-loader.test.ts'],
    },
    {
      fault: 'reads the key of another record once its format was ready',
      file: 'lib/runtime/record/record-loader.ts',
      find: '    const key = await openWhenReady(() => decoder.decodeKey(event), remainingMs);',
      replace: `    const opened = decoder.decodeKey(event);
    const key = await openWhenReady(() => opened, remainingMs);`,
      caughtBy: ['test/lib/format/pending.test.ts'],
    },
    {
      fault: "leaves a second validator's rejection to Node",
      file: 'lib/runtime/record/record-loader.ts',
      find: `    abandon(decoded);
    return this.#decodeLater`,
      replace: '    return this.#decodeLater',
      caughtBy: ['test/lib/runtime/record/record-loader.test.ts'],
    },
    {
      fault: 'counts no decompressed bytes',
      file: 'lib/runtime/record/record-loader.ts',
      find: '    ledger.decompressedBytes += decoded.decompressedBytes;',
      replace: '',
      caughtBy: ['test/lib/memory/ledger.test.ts'],
    },
    {
      fault: 'counts nothing that was handed out',
      file: 'lib/runtime/record/record-loader.ts',
      find: '    this.#options.ledger.keptBytes += bytes;',
      replace: '    void bytes;',
      caughtBy: ['test/lib/memory/ledger.test.ts'],
    },
    {
      fault: 'weighs no record',
      file: 'lib/runtime/record/record-loader.ts',
      find: `    weighRecord(ledger, event);
    if (event.fault`,
      replace: '    if (event.fault',
      caughtBy: ['test/lib/memory/ledger.test.ts'],
    },
    {
      fault: 'lets a small record overtake one that waits',
      file: 'lib/memory/budget.ts',
      find: '    if (this.#waiting.length > 0 || taken > this.maxBytes) return false;',
      replace: '    if (taken > this.maxBytes) return false;',
      caughtBy: ['test/lib/memory/budget.test.ts'],
    },
    {
      fault: 'never lets a record run that is larger than the budget',
      file: 'lib/memory/budget.ts',
      find: '    const taken = this.#taken + Math.min(bytes, this.maxBytes);',
      replace: '    const taken = this.#taken + bytes;',
      caughtBy: ['test/lib/memory/budget.test.ts'],
    },
    {
      fault: 'gives out more than it has, by one',
      file: 'lib/memory/budget.ts',
      find: 'taken > this.maxBytes) return false;',
      replace: 'taken > this.maxBytes + 1) return false;',
      caughtBy: ['test/lib/memory/budget.test.ts'],
    },
    {
      fault: 'starts one waiter where several fit',
      file: 'lib/memory/budget.ts',
      find: `      next.start();
    }`,
      replace: `      next.start();
      return;
    }`,
      caughtBy: ['test/lib/memory/budget.test.ts'],
    },
    {
      fault: 'keeps a waiter waiting for one byte more than it needs',
      file: 'lib/memory/budget.ts',
      find: 'next && this.#taken + next.bytes <= this.maxBytes;',
      replace: 'next && this.#taken + next.bytes < this.maxBytes;',
      caughtBy: ['test/lib/memory/budget.test.ts'],
    },
    {
      fault: 'is free while somebody waits',
      file: 'lib/memory/budget.ts',
      find: '    return this.#waiting.length > 0 ? 0 : this.maxBytes - this.#taken;',
      replace: '    return this.maxBytes - this.#taken;',
      caughtBy: ['test/lib/memory/budget.test.ts'],
    },
    {
      fault: 'forgets its peak',
      file: 'lib/memory/peaks.ts',
      find: '    if (value > this.#highest) this.#highest = value;',
      replace: '    this.#highest = value;',
      caughtBy: ['test/lib/memory/budget.test.ts'],
    },
    {
      fault: 'reaches a value after the release',
      file: 'lib/runtime/record/record.ts',
      find: `    this.#leased('value');
    return this.#value as V | null;`,
      replace: '    return this.#value as V | null;',
      caughtBy: ['test/lib/runtime/record/record.test.ts'],
    },
    {
      fault: "keeps a released record's value alive",
      file: 'lib/runtime/record/record.ts',
      find: `    this.#event = undefined;
    this.#value = undefined;`,
      replace: '    this.#event = undefined;',
      caughtBy: ['test/lib/runtime/record/record.test.ts'],
    },
    {
      fault: "keeps a released record's event alive",
      file: 'lib/runtime/record/record.ts',
      find: `    this.#event = undefined;
    this.#value = undefined;`,
      replace: '    this.#value = undefined;',
      caughtBy: ['test/lib/runtime/record/record.test.ts'],
    },
    {
      fault: 'gives its budget back twice',
      file: 'lib/runtime/record/record.ts',
      find: '    this.#budgetBytes = 0;',
      replace: '',
      caughtBy: ['test/lib/runtime/record/record.test.ts'],
    },
    {
      fault: 'lets headers that were kept reach a released record',
      file: 'lib/runtime/record/record.ts',
      find: "    this.#headers ??= toHeaders(() => this.#leased('headers').headers);",
      replace: `    const { headers } = this.#leased('headers');
    this.#headers ??= toHeaders(() => headers);`,
      caughtBy: ['test/lib/runtime/consumer-lease.test.ts'],
    },
    {
      fault: 'counts no bytes of toBuffer()',
      file: 'lib/runtime/record/record.ts',
      find: '    this.#source.handOut(bytes?.length ?? 0);',
      replace: '',
      caughtBy: ['test/lib/runtime/record/record.test.ts'],
    },
    {
      fault: 'leaves headers out of what it keeps',
      file: 'lib/runtime/record/record.ts',
      find: '    const headers = [...this.headers];',
      replace: '    const headers: [string, Buffer][] = [];',
      caughtBy: ['test/lib/runtime/record/record.test.ts'],
    },
    {
      fault: 'takes an empty value for a tombstone',
      file: 'lib/runtime/record/record.ts',
      find: '    this.isTombstone = event.value === undefined || event.value === null;',
      replace: '    this.isTombstone = !event.value;',
      caughtBy: ['test/lib/runtime/record/record.test.ts'],
    },
    {
      fault: 'holds less for a record that waited than it became',
      file: 'lib/runtime/record/record-loader.ts',
      find: `      if (spareBytes >= 0) {
        budget.give(spareBytes);`,
      replace: `      if (spareBytes >= -1000) {
        budget.give(spareBytes);`,
      caughtBy: [
        'test/lib/runtime/record/record-loader.test.ts',
        'test/lib/runtime/invocation/interleaving.test.ts',
      ],
    },
    {
      fault: 'gives back what a closed account has given back',
      file: 'lib/memory/budget.ts',
      find: `    if (this.#isClosed) return;
    this.#taken -= Math.min(bytes, this.maxBytes);`,
      replace: '    this.#taken -= Math.min(bytes, this.maxBytes);',
      caughtBy: ['test/lib/memory/budget.test.ts', 'test/lib/runtime/invocation/interleaving.test.ts'],
    },
    {
      fault: 'keeps the waiters of an account that is closed',
      file: 'lib/memory/budget.ts',
      find: '    this.#waiting.splice(0, this.#waiting.length, ...waiting);',
      replace: '    void waiting;',
      caughtBy: ['test/lib/memory/budget.test.ts', 'test/lib/runtime/invocation/interleaving.test.ts'],
    },
    {
      fault: 'keeps what a closed account has taken',
      file: 'lib/memory/budget.ts',
      find: '    this.give(takenBytes);',
      replace: '    this.give(0 * takenBytes);',
      caughtBy: ['test/lib/memory/budget.test.ts', 'test/lib/runtime/invocation/interleaving.test.ts'],
    },
  ],
};
