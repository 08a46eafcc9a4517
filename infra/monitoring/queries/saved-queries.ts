// The questions to the logs as resources: CloudWatch Logs Insights shows them under Tailrace/<stack>.

import { Lazy } from 'aws-cdk-lib';
import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { KafkaConsumer } from '../../kafka-consumer.ts';
import { queryTexts } from './query-texts.ts';

/** CloudWatch Logs guide: a query reads at most 50 log groups. */
export const maxLogGroups = 50;

/** The queries over the log groups of some consumers, at most 50. */
export class SavedQueries extends Construct {
  /** `list` is asked when the app is synthesized: consumers may be added until then. */
  constructor(scope: Construct, id: string, folder: string, list: () => readonly KafkaConsumer[]) {
    super(scope, id);
    const logGroupNames = Lazy.list({
      produce: () => list().flatMap(({ logGroup }) => logGroup?.logGroupName ?? []),
    });
    for (const [name, lines] of Object.entries(queryTexts)) {
      new CfnQueryDefinition(this, name.replaceAll(' ', ''), {
        name: `${folder}/${name}`,
        queryString: lines.join('\n| '),
        logGroupNames,
      });
    }
  }
}
