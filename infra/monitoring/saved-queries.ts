// Questions to the logs, saved with the stack: CloudWatch Logs Insights shows them under Tailrace/<stack>.

import { Lazy } from 'aws-cdk-lib';
import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { KafkaConsumer } from '../kafka-consumer.ts';
import { leaveOutOfEmulator } from './emulator.ts';

/** CloudWatch Logs guide: a query reads at most 50 log groups. */
export const maxLogGroups = 50;

/** Names and texts of the queries, in Logs Insights' language. */
export const savedQueries: Readonly<Record<string, readonly string[]>> = {
  'Slowest records': [
    'filter message = "batch"',
    'fields tailrace.consumer as consumer, tailrace.records as records, tailrace.durationMs as ms, tailrace.durationMs / tailrace.records as msPerRecord',
    'sort msPerRecord desc',
    'display @timestamp, consumer, requestId, records, ms, msPerRecord, tailrace.inflatedBytes',
    'limit 50',
  ],
  'Memory by consumer': [
    'filter type = "platform.report"',
    'fields record.metrics.maxMemoryUsedMB as usedMb, record.metrics.memorySizeMB as sizeMb',
    'stats max(usedMb) as peakMb, pct(usedMb, 50) as medianMb, max(sizeMb) as limitMb, 100 * max(usedMb) / max(sizeMb) as peakPercent, count(*) as invocations by @log',
    'sort peakPercent desc',
  ],
  'Dead letters by error code': [
    'filter message = "record dead-lettered"',
    'stats count(*) as records, latest(@timestamp) as last by service, error.code, error.name, topic',
    'sort records desc',
  ],
  'Failures by place': [
    'filter message = "record failed, reported for retry" or message = "dead letter not stored, record reported for retry"',
    'stats count(*) as attempts, earliest(@timestamp) as first, latest(@timestamp) as last by service, topic, partition, offset, error.code, error.name',
    'sort attempts desc',
    'limit 100',
  ],
  'Declined records': [
    'filter message = "memory is near its limit, records declined"',
    'stats count(*) as invocations, latest(@timestamp) as last by service, bin(1h) as hour',
    'sort hour desc',
  ],
  Retention: [
    'filter message = "memory is retained across invocations"',
    'sort @timestamp desc',
    'display @timestamp, service, @logStream, @message',
    'limit 50',
  ],
};

/** The queries over the log groups of some consumers, at most 50. */
export class SavedQueries extends Construct {
  /** `list` is asked when the app is synthesized: consumers may be added until then. */
  constructor(scope: Construct, id: string, folder: string, list: () => readonly KafkaConsumer[]) {
    super(scope, id);
    const logGroupNames = Lazy.list({
      produce: () => list().map((each) => each.function.logGroup.logGroupName),
    });
    for (const [name, lines] of Object.entries(savedQueries)) {
      const query = new CfnQueryDefinition(this, name.replaceAll(' ', ''), {
        name: `${folder}/${name}`,
        queryString: lines.join('\n| '),
        logGroupNames,
      });
      leaveOutOfEmulator(query);
    }
  }
}
