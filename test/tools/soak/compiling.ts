// A healthy function that compiles much, as one does that has a schema for each of its customers: what it keeps is bounded.
import { Ajv } from 'ajv';

interface BatchEvent {
  readonly records: Readonly<Record<string, readonly { readonly offset: number }[]>>;
}

type Validate = (value: unknown) => boolean;

/** The most recent schemas; full after 40 invocations. */
const kept = new Map<number, Validate>();
const mostKept = 160;
let schemas = 0;

/** Validates with four schemas of this batch's own, and computes with a rule that is used once. */
export async function handler(event: BatchEvent): Promise<object> {
  const records = Object.values(event.records).flat();
  for (let each = 0; each < 4; each++) {
    const schema = schemas++;
    const validate = toValidator(schema);
    kept.set(schema, validate);
    kept.delete(schema - mostKept);
    for (const { offset } of records) validate({ [`field${schema}`]: 'text', number: offset });
  }
  const rule = toRule(schemas);
  return { batchItemFailures: records.filter((record) => rule(record)) };
}

function toValidator(schema: number): Validate {
  const fields = Array.from({ length: 12 }, (_, index) => [`field${schema + index}`, { type: 'string' }]);
  const properties = { ...Object.fromEntries(fields), number: { type: 'number' } };
  return new Ajv().compile({ type: 'object', properties });
}

function toRule(from: number): Validate {
  const lines = Array.from({ length: 60 }, (_, index) => `if (record.offset === -${from + index}) sum++;`);
  // oxlint-disable-next-line typescript/no-implied-eval -- rules are generated like this
  return new Function('record', `let sum = 0; ${lines.join('\n')} return sum > 0;`) as Validate;
}
