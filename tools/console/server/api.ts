// What the page asks for, by address. Every answer is for the person who started the run: the server has checked the token before.
import type { ServerResponse } from 'node:http';
import { findOwnConsumer, type OwnConsumer } from '../../project/definition.ts';
import { toCallDetail } from '../history/call-detail.ts';
import { PlanError, type DeadLetters } from '../dead-letters.ts';
import { toBatch, type History } from '../history/history.ts';
import { createOutcomes, isIn, type FindOutcome } from '../history/outcomes.ts';
import { readRecord, searchRecords, toRecordDetail } from '../records/record-search.ts';
import type { RecordReader } from '../records/record-reader.ts';
import { listReports, readReport } from '../reports.ts';
import { EditError, runAgain, toRunAgainResult, withValue } from '../records/run-again.ts';
import { sendRecords, toSendForm } from '../records/send-form.ts';
import type { Series } from '../history/series.ts';
import {
  readConfirmation,
  readDeadLetterChoice,
  readRunAgainRequest,
  readSendRequest,
  RequestError,
  toNumber,
} from './request.ts';
import type { Answer, Api } from './server.ts';
import type { Kafka } from 'kafkajs';
import type { LocalRun } from '../../local/run.ts';
import type { RecordOutcome } from '../record-wire.ts';
import type { BatchList, ConsumerInfo, Refusals, RunInfo } from '../wire.ts';

/** What the API answers from. */
export interface ApiParts {
  /** The run as it is now: a definition that changed changes it. */
  readonly info: () => RunInfo;
  readonly project: string;
  readonly history: History;
  readonly series: Series;
  readonly kafka: Kafka;
  readonly reader: RecordReader;
  readonly deadLetters: DeadLetters;
  /** The consumers at work; undefined until they are. */
  readonly local: () => Pick<LocalRun, 'tryOnce'> | undefined;
  readonly openStream: (response: ServerResponse) => void;
  /** Aborts when the run ends. */
  readonly signal: AbortSignal;
}

type Given = Parameters<Api>[0];
type Route = (given: Given, parts: ApiParts) => unknown;

const batchesPerList = 100;

const routes: Readonly<Record<string, Route>> = {
  'GET /run': (_given, { info }) => info(),
  'GET /batches': (given, parts) => listBatches(given, parts),
  'GET /call': ({ query }, { history, info }) => {
    const found = history.find(query.get('id') ?? '');
    if (found === undefined) return undefined;
    const { consumer } = found.call;
    const memoryMb = info().consumers.find((each) => each.consumer === consumer)?.memoryMb ?? 0;
    return toCallDetail(found, memoryMb);
  },
  'GET /records': async ({ query }, parts) => {
    const { topic, consumer } = consumerOf(query.get('consumer'), parts);
    return await searchRecords(
      { ...parts, topic, outcomeOf: outcomesOf(consumer, parts) },
      {
        partition: toNumber(query.get('partition')),
        offset: toNumber(query.get('offset')),
        key: toText(query.get('key')),
        fromMs: toNumber(query.get('from')),
        toMs: toNumber(query.get('to')),
        outcome: toText(query.get('outcome')) as RecordOutcome | undefined,
      },
    );
  },
  'GET /record': async ({ query }, parts) => {
    const { topic, consumer } = consumerOf(query.get('consumer'), parts);
    const at = {
      partition: Number(query.get('partition') ?? 0),
      offset: Number(query.get('offset') ?? 0),
    };
    const found = await readRecord({ ...parts, topic }, at);
    if (found === undefined) return undefined;
    const { definition } = await ownConsumer(consumer, parts);
    return await toRecordDetail({ topic, outcomeOf: outcomesOf(consumer, parts) }, found, definition);
  },
  'POST /run-again': async ({ body }, parts) => {
    requireAllowed(parts, 'runAgain');
    const request = readRunAgainRequest(body);
    const { consumer, topic } = consumerOf(request.consumer, parts);
    const { local, history } = parts;
    const running = local();
    if (running === undefined) throw new RequestError('the consumers are still starting');
    const found = await readRecord({ ...parts, topic }, request);
    if (found === undefined) return undefined;
    const { definition } = await ownConsumer(consumer, parts);
    const record =
      request.value === undefined ? found.record : withValue(found.record, request.value, definition);
    const trial = await runAgain(running, consumer, record);
    return toRunAgainResult(trial, history.takeLogs(trial.invocation.requestId));
  },
  'GET /send': async ({ query }, parts) => {
    const { consumer, topic } = consumerOf(query.get('consumer'), parts);
    return await toSendForm({ consumer, topic }, await ownConsumer(consumer, parts));
  },
  'POST /send': async ({ body }, parts) => {
    requireAllowed(parts, 'send');
    const request = readSendRequest(body);
    const { consumer, topic } = consumerOf(request.consumer, parts);
    const own = await ownConsumer(consumer, parts);
    return await sendRecords(parts.kafka, topic, { request, own, signal: parts.signal });
  },
  'GET /dead-letters': async ({ query }, { deadLetters }) =>
    await deadLetters.list({ consumer: toText(query.get('consumer')), code: toText(query.get('code')) }),
  'POST /dead-letters/plan': async ({ body }, { deadLetters }) =>
    await deadLetters.plan(readDeadLetterChoice(body)),
  'POST /dead-letters/redrive': async ({ body }, parts) => {
    requireAllowed(parts, 'send');
    return await parts.deadLetters.confirm(readConfirmation(body).plan, parts.signal);
  },
  'GET /reports': async (_given, { project }) => await listReports(project),
};

/** Makes the API. */
export function createApi(parts: ApiParts): Api {
  return async (given) => {
    const { method, path, query } = given;
    if (method === 'GET' && path === '/stream') return { kind: 'stream', open: parts.openStream };
    if (method === 'GET' && path === '/report') {
      const report = await readReport(parts.project, query.get('id') ?? '');
      return report && { kind: 'document', ...report };
    }
    const route = routes[`${method} ${path}`];
    if (route === undefined) return undefined;
    try {
      const body = await route(given, parts);
      return body === undefined ? undefined : { kind: 'json', body };
    } catch (error) {
      return toRefusal(error);
    }
  };
}

function toRefusal(error: unknown): Answer {
  const isTheirs = error instanceof RequestError || error instanceof EditError || error instanceof PlanError;
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'json', status: isTheirs ? 400 : 500, body: { error: message } };
}

function listBatches({ query }: Given, { history }: ApiParts): BatchList {
  const consumer = query.get('consumer');
  const partition = toNumber(query.get('partition'));
  const offset = toNumber(query.get('offset'));
  const isTroubled = query.get('trouble') === '1';
  const before = toNumber(query.get('before')) ?? Infinity;
  const found = history
    .batches()
    .filter(
      (batch) =>
        batch.number < before &&
        (consumer === null || batch.consumer === consumer) &&
        (!isTroubled || batch.outcome !== 'ok') &&
        (partition === undefined ||
          batch.calls.some(({ call }) =>
            call.delivered.some((span) =>
              offset === undefined ? span.partition === partition : isIn(span, partition, offset),
            ),
          )),
    );
  return { batches: found.slice(0, batchesPerList).map(toBatch), more: found.length > batchesPerList };
}

function consumerOf(name: string | null, { info }: ApiParts): ConsumerInfo {
  const found = info().consumers.find(({ consumer }) => consumer === name);
  if (found !== undefined) return found;
  throw new RequestError(`no such consumer, got ${JSON.stringify(name)}`);
}

async function ownConsumer(consumer: string, { project }: ApiParts): Promise<OwnConsumer> {
  return await findOwnConsumer(project, consumer);
}

function outcomesOf(consumer: string, { history, series }: ApiParts): FindOutcome {
  const state = series.read(Infinity).find((each) => each.consumer === consumer);
  return createOutcomes(consumer, history.batches(), state?.partitions ?? []);
}

function requireAllowed({ info }: ApiParts, what: keyof Refusals): void {
  const why = info().refusals[what];
  if (why !== null) throw new RequestError(why);
}

function toText(text: string | null): string | undefined {
  return text === null || text === '' ? undefined : text;
}
