// What a load costs in a month, by part, at AWS's list prices.

import type { Load } from '../capacity.ts';
import { toRecordBytes } from '../capacity.ts';
import { toBilledUnits } from './poller-choice.ts';
import { charge, hoursPerMonth, secondsPerMonth, type PriceKey } from './prices.ts';
import type { Workload } from '../workload.ts';

/** One line of the bill. */
export interface CostPart {
  readonly part: string;
  readonly price: PriceKey;
  /** Units of the price in a month. */
  readonly quantity: number;
  readonly dollars: number;
}

const bytesPerGb = 1_073_741_824;

/** Two lines of the runtime, 2,047 bytes measured for a batch of one record, and Lambda's own start and report, about 700. */
const logBytesPerInvocation = 2_750;
/** A dead letter's own line, with its frames: about this much. */
const logBytesPerDeadLetter = 1_500;
/** The metrics that the runtime writes. */
export const customMetrics = 21;
/** What the alarms of a consumer read, all of them on. */
export const alarmMetrics = 17;

/**
 * Every part that costs something, in the order of the way of a record. `rate` is what is produced on average; what is consumed of it,
 * and paid for, is the load's.
 */
export function toCosts(workload: Workload, load: Load, rate: number): readonly CostPart[] {
  const invocations = load.invocationsPerSecond * secondsPerMonth;
  const records = load.recordsPerSecond * secondsPerMonth;
  const deadLetters = (records * workload.deadLetterPercent) / 100;
  const gbSeconds = (invocations * Math.ceil(load.durationMs) * workload.memoryMb) / 1000 / 1024;
  const logBytes = invocations * logBytesPerInvocation + deadLetters * logBytesPerDeadLetter;
  const puts = deadLetters + (records * workload.s3PutsPerThousand) / 1000;
  const parts: readonly (readonly [part: string, price: PriceKey, quantity: number])[] = [
    ...mskParts(workload, rate, load.recordsPerSecond),
    ['pollers', 'eventPollerUnitHour', toBilledUnits(workload, load) * hoursPerMonth],
    ['Lambda, requests', 'lambdaRequest', invocations],
    ['Lambda, duration', 'lambdaArmGbSecond', gbSeconds],
    ['S3, requests', 's3Put', puts],
    ['SQS, requests', 'sqsFifoRequest', (records * workload.sqsRequestsPerThousand) / 1000],
    ['DynamoDB, writes', 'dynamodbWriteUnit', (records * workload.dynamodbUnitsPerThousand) / 1000],
    ['CloudWatch, logs', 'logsIngestedGb', logBytes / bytesPerGb],
    ['CloudWatch, metrics', 'customMetricMonth', customMetrics],
    ['CloudWatch, alarms', 'alarmMetricMonth', alarmMetrics],
    ['CloudWatch, the alarm over them', 'compositeAlarmMonth', 1],
    ['CloudWatch, dashboard', 'dashboardMonth', 1],
  ];
  return parts
    .filter(([, , quantity]) => quantity > 0)
    .map(([part, price, quantity]) => ({ part, price, quantity, dollars: charge(price, quantity) }));
}

function mskParts(
  workload: Workload,
  rate: number,
  consumed: number,
): readonly (readonly [part: string, price: PriceKey, quantity: number])[] {
  if (workload.msk === 'none') return [];
  const gbPerHour = (rate * 3600 * toRecordBytes(workload)) / bytesPerGb;
  const gbOutPerHour = (consumed * 3600 * toRecordBytes(workload)) / bytesPerGb;
  return [
    ['MSK Serverless, cluster', 'mskServerlessClusterHour', hoursPerMonth],
    ['MSK Serverless, partitions', 'mskServerlessPartitionHour', hoursPerMonth * workload.partitions],
    ['MSK Serverless, data in', 'mskServerlessGbIn', gbPerHour * hoursPerMonth],
    ['MSK Serverless, data out', 'mskServerlessGbOut', gbOutPerHour * hoursPerMonth],
    ['MSK Serverless, storage', 'mskServerlessGbMonth', gbPerHour * workload.retentionHours],
  ];
}

/** Their sum, dollars a month. */
export function toTotal(parts: readonly CostPart[]): number {
  return parts.reduce((sum, { dollars }) => sum + dollars, 0);
}
