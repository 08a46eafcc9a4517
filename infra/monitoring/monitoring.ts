// What a stack shows and says of its consumers: a dashboard with saved queries beside it, alarms, and the topic that they go to.

import { Names, NestedStack, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { KafkaConsumer } from '../kafka-consumer.ts';
import { findRootStack, rootStackName } from '../root-stack-name.ts';
import type { AlarmOptions } from './alarms/alarm-options.ts';
import { ConsumerAlarms } from './alarms/consumer-alarms.ts';
import { ConsumersDashboard, consumersPerDashboard, type Watched } from './dashboard/consumers-dashboard.ts';
import { SavedQueries } from './queries/saved-queries.ts';
import { toSummary } from './summary.ts';

/** Options of the monitoring. */
export interface MonitoringOptions {
  /** The SNS topic of the alarms; CloudWatch must be allowed to publish to it. Default a new topic, without subscriptions. */
  readonly alarmTopic?: ITopic;
}

/**
 * Watches consumers of its stack and of the stacks nested in it. Past the number that one dashboard can take it goes on
 * with another. Alarms stand beside their consumer.
 */
export class Monitoring extends Construct {
  /** The SNS topic of the alarms. */
  readonly alarmTopic: ITopic;
  readonly #pages: Watched[][] = [];
  /** Behind the stack's name, where the stack has another monitoring: two dashboards of one name would be one. */
  readonly #ownName: string;

  /** The monitoring of a stack: the one that is there, or a new one. Two of one stack would have the same names. */
  static of(stack: Stack): Monitoring {
    const found = stack.node.findAll().find((each) => each instanceof Monitoring);
    return found ?? new Monitoring(stack, 'KafkaMonitoring');
  }

  constructor(scope: Construct, id: string, { alarmTopic }: MonitoringOptions = {}) {
    super(scope, id);
    const others = findRootStack(this)
      .node.findAll()
      .some((each) => each instanceof Monitoring && each !== this);
    this.#ownName = others ? `-${Names.uniqueResourceName(this, { maxLength: 40, separator: '-' })}` : '';
    this.alarmTopic = alarmTopic ?? this.#addTopic();
  }

  /**
   * Adds its section, its alarms, and its log group to the queries.
   *
   * @throws PropsError `INVALID_PROPS` for alarms that there are not, or a setting out of range
   */
  watch(consumer: KafkaConsumer, alarms: AlarmOptions = {}): void {
    const { notifying } = new ConsumerAlarms(consumer, 'Alarms', {
      consumer,
      topic: this.alarmTopic,
      alarms,
    });
    if (String(this.node.tryGetContext('summary')) === 'true')
      process.stderr.write(`${toSummary(consumer)}\n`);
    let page = this.#pages.at(-1);
    if (page === undefined || page.length === consumersPerDashboard) page = this.#addPage();
    // By name: a nested stack would have to hand out the ARN of each one.
    page.push({ consumer, alarms: notifying.map((name) => Alarm.fromAlarmName(this, name, name)) });
  }

  #addPage(): Watched[] {
    const page: Watched[] = [];
    const index = this.#pages.push(page) - 1;
    const suffix = index === 0 ? '' : `-${index + 1}`;
    const stackName = `${rootStackName(this)}${this.#ownName}`;
    const name = `${stackName}${suffix}`;
    // A page takes up to half of the 1 MB that a template may have.
    const place = index === 0 ? this : new NestedStack(this, `Page${suffix}`);
    // A dashboard's name counts in the whole account, not in its Region.
    const dashboard = { name: `${stackName}-${Stack.of(this).region}${suffix}`, title: name };
    new ConsumersDashboard(place, `Dashboard${suffix}`, dashboard, () => page);
    new SavedQueries(place, `Queries${suffix}`, `Tailrace/${name}`, () =>
      page.map(({ consumer }) => consumer),
    );
    return page;
  }

  // TLS only. No key of its own: an alarm says a consumer's name and a threshold, and CloudWatch cannot publish through
  // SNS's own key.
  #addTopic(): Topic {
    const topic = new Topic(this, 'AlarmTopic', { displayName: 'Tailrace alarms', enforceSSL: true });
    const { account, region, partition } = Stack.of(this);
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowAlarms',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
        },
      }),
    );
    return topic;
  }
}
