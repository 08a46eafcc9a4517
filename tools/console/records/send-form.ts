// Records that a person types into the page, or a file of them: encoded as the consumer's definition reads them, as `tailrace send` does.
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Kafka } from 'kafkajs';
import type { OwnConsumer } from '../../project/definition.ts';
import { choosePacking, createRecordEncoder } from '../../traffic/own/record-encoder.ts';
import { readSamples } from '../../traffic/own/sample-file.ts';
import { sendLines } from '../../send/run.ts';
import type { SendForm, SendRequest, SendResult } from '../record-wire.ts';

const maxSampleLines = 20;
const maxSampleChars = 20_000;

/** How a consumer's records are written, with something to begin with. */
export async function toSendForm(
  { consumer, topic }: { readonly consumer: string; readonly topic: string },
  { definition, problem, samplePath }: OwnConsumer,
): Promise<SendForm> {
  const sample = samplePath === undefined ? null : await readFirstLines(samplePath);
  return {
    consumer,
    topic,
    format: definition?.value?.shape?.kind ?? null,
    keyFormat: definition?.key?.shape?.kind ?? null,
    problem: problem ?? null,
    example: sample?.split('\n')[0] ?? '{"key":"key-1","value":{"id":"1"}}',
    sample,
  };
}

async function readFirstLines(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  return text.slice(0, maxSampleChars).split('\n').slice(0, maxSampleLines).join('\n').trim();
}

/** Sends them. @throws {TrafficError} for a line that is no JSON */
export async function sendRecords(
  kafka: Kafka,
  topic: string,
  {
    request,
    own,
    signal,
  }: { readonly request: SendRequest; readonly own: OwnConsumer; readonly signal: AbortSignal },
): Promise<SendResult> {
  const { definition } = own;
  const encoder = createRecordEncoder({
    definition,
    packing: choosePacking(definition, request.compression),
  });
  const refused: { readonly line: string; readonly why: string }[] = [];
  const input = Readable.from([request.lines]);
  const lines = readSamples(input, 'line', (line, why) => refused.push({ line, why }));
  const { sent } = await sendLines({
    kafka,
    topic,
    encoder,
    lines,
    refused,
    closeLines: () => input.destroy(),
    signal,
  });
  return { topic, sent, refused };
}
