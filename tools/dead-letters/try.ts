// `dead-letters try`: failed records through the consumer's real bundle in a sandbox here. What the function writes goes to local endpoints
// only; nothing that is deployed notices.
import { startAwsEndpoints } from '../aws/endpoints.ts';
import { createClients } from '../aws/clients.ts';
import { createFunctionHost, type FunctionHost } from '../local/sandbox/host/function-host.ts';
import { readDeadLetters } from '../proof/readers/read-dead-letters.ts';
import { prepareSubject } from '../soak/target/soak-target.ts';
import { toTable } from '../terminal/table.ts';
import { byOffset, toPlaceName, type FailedRecord } from './failed-record.ts';
import { DeadLettersError } from './error.ts';
import type { DeadLettersOptions } from './options.ts';
import type { Tried } from './tried.ts';
import { readResponse, toRedriveEvent } from './redrive/send/target.ts';

/** Tries the records of each consumer. @throws {DeadLettersError} `NO_TARGET`; SynthError, LocalError */
export async function tryRecords(
  records: readonly FailedRecord[],
  options: DeadLettersOptions,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (tried: number) => void },
): Promise<readonly Tried[]> {
  const results: Tried[] = [];
  for (const [consumer, members] of Map.groupBy(records, (each) => options.tryAs ?? each.consumer)) {
    const tried = await tryConsumer(consumer, members.toSorted(byOffset), {
      options,
      signal,
      onProgress: (count) => onProgress(results.length + count),
    });
    results.push(...tried);
  }
  return results;
}

interface TryContext {
  readonly options: DeadLettersOptions;
  readonly signal: AbortSignal;
  readonly onProgress: (tried: number) => void;
}

async function tryConsumer(
  consumer: string,
  records: readonly FailedRecord[],
  context: TryContext,
): Promise<readonly Tried[]> {
  const { options, signal } = context;
  await using parts = new AsyncDisposableStack();
  const endpoints = await startAwsEndpoints();
  parts.defer(async () => await endpoints.close());
  const target = {
    consumer,
    entry: undefined,
    cdkOut: options.cdkOut,
    environment: options.environment,
    parameters: {},
    memoryMb: undefined,
  };
  const subject = await prepareSubject(target, endpoints, signal);
  parts.defer(subject.close);
  const host = createFunctionHost({
    fn: subject.fn,
    accountId: endpoints.accountId,
    region: endpoints.region,
    endpoints: endpoints.environment,
    onLog: () => {},
  });
  parts.defer(host.close);
  const failures = await invokeAll(host, records, context);
  const clients = createClients(endpoints);
  parts.defer(async () => clients.close());
  const letters = new Map<string, string>();
  const bucket = subject.fn.environment['TAILRACE_DEAD_LETTER_BUCKET'];
  if (bucket !== undefined)
    for await (const given of readDeadLetters(clients.s3, bucket))
      if (given.by === 'runtime') letters.set(toPlaceName(given), given.letter.error.code);
  return records.map((each) => {
    const name = toPlaceName(each);
    const letter = letters.get(name);
    const failure = failures.get(each.id);
    const about = { id: each.id, place: name, before: each.code };
    if (letter !== undefined) return { ...about, now: 'dead-lettered again', code: letter };
    return failure === undefined
      ? { ...about, now: 'succeeds', code: null }
      : { ...about, now: 'fails again', code: failure };
  });
}

// A batch that fails as a whole says nothing of its records: each is tried alone then.
async function invokeAll(
  host: FunctionHost,
  records: readonly FailedRecord[],
  { options, signal, onProgress }: TryContext,
): Promise<ReadonlyMap<string, string>> {
  const failures = new Map<string, string>();
  const invoke = async (batch: readonly FailedRecord[]): Promise<void> => {
    const { result } = await host.invoke({ event: toRedriveEvent(batch, 'try') });
    signal.throwIfAborted();
    if (result.kind === 'response') {
      for (const [id, why] of readResponse(batch, result.body))
        if (why !== undefined) failures.set(id, 'reported');
    } else if (batch.length > 1) for (const each of batch) await invoke([each]);
    else failures.set(batch[0]?.id ?? '', 'errorType' in result ? result.errorType : result.kind);
  };
  for (let at = 0; at < records.length; at += options.recordsPerBatch) {
    await invoke(records.slice(at, at + options.recordsPerBatch));
    onProgress(Math.min(records.length, at + options.recordsPerBatch));
  }
  return failures;
}

/** Records that can be tried: their bytes are known. @throws {DeadLettersError} `NO_TARGET` when there are none */
export function withBytes(records: readonly FailedRecord[]): readonly FailedRecord[] {
  const there = records.filter(({ record }) => record !== undefined);
  if (there.length === 0 && records.length > 0)
    throw new DeadLettersError(
      'NO_TARGET',
      `none of ${records.length} records can be tried, got documents without records, expected their bytes; give --brokers to read them from Kafka`,
    );
  return there;
}

/** A row for each code before: how many would succeed now, and what would become of the others. */
export function toTriedLines(tried: readonly Tried[]): readonly string[] {
  const rows = [...Map.groupBy(tried, ({ before }) => before)].map(([before, members]) => {
    const others = Map.groupBy(
      members.filter(({ now }) => now !== 'succeeds'),
      ({ now, code }) => `${now === 'fails again' ? 'fails' : 'dead letter'}: ${code ?? ''}`,
    );
    const succeeds = members.filter(({ now }) => now === 'succeeds').length;
    const words = [...others].map(([what, { length }]) => `${length} ${what}`).join(', ');
    return [
      before,
      String(members.length),
      String(succeeds),
      String(members.length - succeeds),
      words === '' ? 'fixed' : words,
    ];
  });
  return toTable(['code', 'records', 'succeed now', 'do not', ''], rows);
}
