// One invocation: how many records it can get, how large its event is, how long it takes.

import { toCpus } from '../local/sandbox/cpu-share.ts';
import type { Workload } from './workload.ts';

/** Most bytes of an event: 6 MiB and 100, the constant of Lambda's own emulator; AWS documents "6 MB". */
export const maxEventBytes = 6_291_556;

// Around the records: source, cluster ARN, bootstrap servers, the names of groups.
const eventFrameBytes = 500;

// The runtime's work, at a full vCPU: 98.6 ms for an event of 4,791,012 decompressed bytes (`npm run bench -- event`, 2026-11-22), and
// 0.5 ms of CPU for an invocation with its two log lines (2,000 invocations of one record, same day).
const runtimeNsPerDecompressedByte = 20.6;
const runtimeMsPerInvocation = 0.5;

/** Bytes that a record takes in the event: base64 of key and value, headers as arrays of numbers, and the frame. */
export function toEventRecordBytes(workload: Workload): number {
  const { topic, valueBytes, keyBytes, headerBytes } = workload;
  const frame = {
    topic,
    partition: 10,
    offset: 1_234_567_890,
    timestamp: 1_767_225_600_000,
    timestampType: 'CREATE_TIME',
    key: '',
    value: '',
    headers: [],
  };
  // A byte of a header is up to three digits, or two and a sign, and a comma.
  return JSON.stringify(frame).length + 1 + base64Bytes(keyBytes) + base64Bytes(valueBytes) + 4 * headerBytes;
}

function base64Bytes(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Records that fit into 6 MB; 0 when not even one does. */
export function maxRecordsByPayload(workload: Workload): number {
  return Math.floor((maxEventBytes - eventFrameBytes) / toEventRecordBytes(workload));
}

/** Bytes of an event with so many records. */
export function toEventBytes(workload: Workload, records: number): number {
  return eventFrameBytes + records * toEventRecordBytes(workload);
}

/** How long an invocation takes: `fixedMs + records * perRecordMs`. */
export interface Pace {
  readonly fixedMs: number;
  readonly perRecordMs: number;
}

/**
 * The pace of a consumer at its memory size.
 *
 * Records of a batch count as one after another where a partition's order is kept, since a batch may be of one partition;
 * else as many run side by side as there are lanes.
 */
export function toPace(workload: Workload): Pace {
  const { valueBytes, ratio, handlerMs, order, concurrency, memoryMb } = workload;
  const vcpu = Math.min(1, toCpus({ memoryMb })); // the runtime is one thread
  const lanes = order === 'partition' ? 1 : concurrency;
  const runtimeMs = (valueBytes * Math.max(1, ratio) * runtimeNsPerDecompressedByte) / 1e6 / vcpu;
  return { fixedMs: runtimeMsPerInvocation / vcpu, perRecordMs: runtimeMs + handlerMs / lanes };
}

/** What an invocation with so many records takes, milliseconds. */
export function toDurationMs({ fixedMs, perRecordMs }: Pace, records: number): number {
  return fixedMs + records * perRecordMs;
}

/** Why a batch holds no more records. */
export type BatchLimit = 'maxRecords' | '6 MB' | 'timeout';

/** The largest batch: by setting, by payload, by what can be done until nothing new is started near the deadline. */
export function toLargestBatch(workload: Workload): { readonly records: number; readonly limit: BatchLimit } {
  const pace = toPace(workload);
  const usableMs = workload.timeoutSeconds * 1000 * 0.9;
  const byTime = Math.max(1, Math.floor((usableMs - pace.fixedMs) / pace.perRecordMs));
  const byPayload = maxRecordsByPayload(workload);
  const records = Math.min(workload.maxRecords, byPayload, byTime);
  if (records === workload.maxRecords) return { records, limit: 'maxRecords' };
  return { records, limit: records === byPayload ? '6 MB' : 'timeout' };
}
