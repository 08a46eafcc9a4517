// `tailrace send`: records of a person's own into a topic, encoded as the consumer's definition reads them. Lines that are refused are named
// and left out; the others are sent.
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import kafkajs, { type Kafka, type Message } from 'kafkajs';
import type { ConsumerDefinition } from '../../lib/index.ts';
import { EncodeError } from '../../lib/testing/encode-error.ts';
import { BrokerError } from '../broker/broker.ts';
import { readSecurity } from '../broker/broker-security.ts';
import { connectBroker } from '../broker/external.ts';
import { createKafka } from '../broker/kafka-client.ts';
import { ensureTopic } from '../broker/topic.ts';
import { UsageError, type CommandIo } from '../command.ts';
import { readDevState, type DevState } from '../dev/state-file.ts';
import { exitCode } from '../exit-code.ts';
import { findProject } from '../run/synth.ts';
import { toAmount } from '../terminal/table.ts';
import { findOwnConsumer } from '../project/definition.ts';
import { choosePacking, createRecordEncoder, type RecordEncoder } from '../traffic/own/record-encoder.ts';
import { readSamples, toUnreadable, type SampleLine } from '../traffic/own/sample-file.ts';
import { toHeaderPairs } from '../traffic/record.ts';
import type { SendOptions } from './options.ts';

/** What was sent. What `--json` prints. */
export interface SendReport {
  readonly topic: string;
  /** Records by partition and the offset of the first one there. */
  readonly sent: number;
  readonly refused: readonly Refused[];
}

/** A line that was not sent. */
interface Refused {
  /** As `records.ndjson:3`. */
  readonly line: string;
  readonly why: string;
}

/** Records of one request to the broker. */
const recordsPerRequest = 500;
/** How long a record waits for others to come with it, as behind `tail -f`. */
const maxWaitMs = 200;

/** Sends and gives the exit code. @throws UsageError, BrokerError, TrafficError */
export async function run(options: SendOptions, io: CommandIo): Promise<number> {
  const project = findProject();
  const state = options.brokers === undefined ? await readDevState(project) : undefined;
  const { consumer, topic } = toTarget(options.target, state);
  const { definition, problem } = await findOwnConsumer(project, consumer);
  if (problem !== undefined)
    throw new UsageError(`${consumer} has a definition that cannot be used: ${problem}`);
  if (choosePacking(definition, options.compression) !== options.compression)
    throw new UsageError(
      `--compression is none that ${consumer} opens, got ${options.compression}, expected what "compression" of its definition names`,
    );
  const checked = createRecordEncoder({
    definition,
    packing: options.compression,
    ...toSchemaId(options.schemaId, definition),
  });
  const encoder = options.isUnchecked ? { ...checked, check: async () => undefined } : checked;
  warnOfUnread(topic, state, io);
  const name = options.file === '-' ? 'standard input' : options.file;
  const kafka = await connect(options, state);
  const input = options.file === '-' ? process.stdin : await openFile(options.file);
  const refused: Refused[] = [];
  const lines = readSamples(input, name, (line, why) => refused.push({ line, why }));
  const report = await sendLines({
    kafka,
    topic: definition?.topic ?? topic,
    encoder,
    lines,
    refused,
    closeLines: () => input.destroy(),
    signal: io.signal,
  });
  for (const { line, why } of report.refused) io.stderr.write(`tailrace: ${line} was not sent: ${why}\n`);
  io.stdout.write(
    options.json
      ? `${JSON.stringify(report, undefined, 2)}\n`
      : `${toAmount(report.sent, 'record')} sent to ${report.topic}${report.refused.length === 0 ? '' : `, ${report.refused.length} refused`}\n`,
  );
  if (io.signal.aborted) return exitCode.stopped;
  return report.refused.length > 0 || report.sent === 0 ? exitCode.wrong : exitCode.ok;
}

// A consumer's name leads to its topic; any other word is a topic.
function toTarget(
  target: string,
  state: DevState | undefined,
): { readonly consumer: string; readonly topic: string } {
  const found =
    state?.consumers.find(({ consumer }) => consumer === target) ??
    state?.consumers.find(({ topic }) => topic === target);
  return found ?? { consumer: target, topic: target };
}

// A name that is mistyped would be a topic that nobody reads.
function warnOfUnread(topic: string, state: DevState | undefined, { stderr }: CommandIo): void {
  if (state === undefined || state.consumers.some((each) => each.topic === topic)) return;
  const known = state.consumers.map(({ consumer }) => consumer).join(', ');
  stderr.write(`tailrace: no consumer of the running dev reads ${topic}; it has ${known || 'none'}\n`);
}

/** What stands in front of a framed value: Confluent's ids are 32-bit numbers, Glue's are UUIDs. */
function toSchemaId(
  schemaId: string | undefined,
  definition: ConsumerDefinition | undefined,
): { readonly schemaId?: number | string } {
  if (schemaId === undefined) return {};
  const shape = definition?.value?.shape;
  if (shape?.kind !== 'framed')
    throw new UsageError(
      '--schema-id goes into the framing of a registry, got a consumer whose values have none, expected value: confluent(...) or glue(...)',
    );
  const [pattern, expected] =
    shape.framing === 'confluent'
      ? ([/^\d{1,10}$/, 'a number 0..4294967295'] as const)
      : ([/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, 'the UUID of a schema version'] as const);
  if (!pattern.test(schemaId) || Number(schemaId) > 0xffff_ffff)
    throw new UsageError(
      `--schema-id is none of ${shape.framing}, got ${JSON.stringify(schemaId)}, expected ${expected}`,
    );
  return { schemaId: shape.framing === 'confluent' ? Number(schemaId) : schemaId };
}
// A stream of a path would open it by itself, and fail before anybody reads from it.
async function openFile(path: string): Promise<Readable> {
  try {
    const file = await open(path);
    return file.createReadStream();
  } catch (cause) {
    throw toUnreadable(path, cause);
  }
}

async function connect({ brokers, security }: SendOptions, state: DevState | undefined): Promise<Kafka> {
  const address = brokers ?? state?.bootstrapServers;
  if (address === undefined)
    throw new UsageError(
      'nobody to send to, got no running tailrace dev in this project and no --brokers, expected one of them',
    );
  const access = readSecurity(security);
  const broker = await connectBroker(address, access === undefined ? {} : { security: access });
  return createKafka(broker.bootstrapServers, {
    clientId: 'tailrace-send',
    ...(broker.security && { security: broker.security }),
  });
}

/** What is sent, and where. */
export interface Sending {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly encoder: RecordEncoder;
  readonly lines: AsyncIterable<SampleLine>;
  /** Lines that are no records are in it already, or will be. */
  readonly refused: Refused[];
  /** Ends `lines`, also while the next one is waited for. */
  readonly closeLines: () => void;
  readonly signal: AbortSignal;
}

/**
 * Sends the records of these lines, soon after they come; those that the encoder refuses are named and left out. When the signal aborts, the
 * report has what was sent until then.
 *
 * @throws {TrafficError}, {BrokerError} `BROKER_FAILED` with the number of records sent before
 */
export async function sendLines({
  kafka,
  topic,
  encoder,
  lines,
  refused,
  closeLines,
  signal,
}: Sending): Promise<SendReport> {
  let sent = 0;
  const fail = (error: unknown): never => {
    throw toBrokerError(error, topic, sent);
  };
  const partitions = await ensureTopic(kafka, { topic }).catch(fail);
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  let pending: Message[] = [];
  let requests = Promise.resolve();
  const request = async (before: Promise<void>): Promise<void> => {
    await before;
    if (pending.length === 0 || signal.aborted) return;
    const messages = pending;
    pending = [];
    await producer.send({ topic, acks: -1, messages }).catch(fail);
    sent += messages.length;
  };
  // One after another, which keeps their order. What has failed stays failed.
  const flush = (): Promise<void> => (requests = request(requests));
  const timer = setInterval(() => void flush().catch(closeLines), maxWaitMs);
  signal.addEventListener('abort', closeLines);
  try {
    for await (const { place, record } of lines) {
      if (signal.aborted) break;
      const made = await encode(encoder, record, partitions);
      if (typeof made === 'string') refused.push({ line: place, why: made });
      else pending.push(made);
      if (pending.length >= recordsPerRequest) await flush();
    }
    await flush();
  } catch (error) {
    // A request that failed is why the lines were closed.
    await requests.catch((failure: unknown) => {
      if (!signal.aborted) throw failure;
    });
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', closeLines);
    await producer.disconnect();
  }
  return { topic, sent, refused };
}

/** kafkajs's own errors do not say what was sent before. */
function toBrokerError(error: unknown, topic: string, sent: number): unknown {
  const [reason] = error instanceof kafkajs.KafkaJSAggregateError ? error.errors : [error];
  if (!(reason instanceof kafkajs.KafkaJSError)) return error;
  return new BrokerError(
    'BROKER_FAILED',
    `the broker refuses records for ${topic}, got ${reason.message}; ${toAmount(sent, 'record')} sent before`,
    { cause: error },
  );
}

// The message, or why the definition would not read it.
async function encode(
  encoder: RecordEncoder,
  record: SampleLine['record'],
  partitions: number,
): Promise<Message | string> {
  if (record.partition !== undefined && record.partition >= partitions)
    return `no such partition, got ${record.partition}, expected 0..${partitions - 1}`;
  try {
    const encoded = encoder.encode(record);
    const problem = await encoder.check(encoded);
    if (problem !== undefined) return problem;
    const headers: Record<string, Buffer[]> = {};
    for (const [name, value] of toHeaderPairs(encoded.headers))
      (headers[name] ??= []).push(Buffer.from(value));
    return {
      key: encoded.key === null ? null : Buffer.from(encoded.key as string),
      value: encoded.value,
      headers,
      ...(encoded.partition !== undefined && { partition: encoded.partition }),
      ...(encoded.timestampMs !== undefined && { timestamp: String(encoded.timestampMs) }),
    };
  } catch (error) {
    if (error instanceof EncodeError) return error.message;
    throw error;
  }
}
