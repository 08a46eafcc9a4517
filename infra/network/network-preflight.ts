// Looks before a deployment whether pollers, destinations and functions reach what they call from a VPC: a mapping that
// does not is made without an error, and then says PROBLEM after minutes, or loses what it gives up.

import { Annotations } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { toUnqualified } from '../function/function-facts.ts';
import type { KafkaConsumer } from '../kafka-consumer.ts';
import { isMsk } from '../source/source.ts';
import { readBrokerAccess, type BrokerAccess } from './broker-access.ts';
import { toFunctionNeeds, toPollerNeeds, type Need, type ServiceName } from './needs.ts';
import { readReach, type Way } from './reach.ts';

/** Properties of a {@link NetworkPreflight}. */
export interface NetworkPreflightProps {
  /** The VPC of the cluster and its pollers, and of functions that are in a VPC. */
  readonly vpc: IVpc;
  /** The cluster's subnets. Default the private subnets of `vpc`. */
  readonly vpcSubnets?: SubnetSelection;
  /** The consumers whose pollers, destinations and functions are checked. */
  readonly consumers: readonly KafkaConsumer[];
  /** Services that handlers in the VPC call, in addition to S3 for dead letters. Default nothing. */
  readonly functionServices?: readonly ServiceName[];
  /** Whether to add the endpoints that AWS documents as required and that are missing; AWS charges for each by the hour. Default false. */
  readonly addEndpoints?: boolean;
  /** Security groups of pollers and functions; they may call the endpoints that are added. Default none. */
  readonly clients?: readonly ISecurityGroup[];
}

/** One line of the table. */
export interface NetworkRow extends Omit<Need, 'service'> {
  readonly consumer: string;
  /** `brokers` alone where their port is known only at deployment. */
  readonly service: ServiceName | 'brokers' | `brokers:${number}`;
  /** `added` when this made the endpoint; `allowed` where security groups let pollers reach the brokers. */
  readonly way: Way | BrokerAccess['way'] | 'added';
}

const gateways: Partial<Record<ServiceName, GatewayVpcEndpointAwsService>> = {
  dynamodb: GatewayVpcEndpointAwsService.DYNAMODB,
  s3: GatewayVpcEndpointAwsService.S3,
};

/**
 * A table of what a network has and lacks, shown by synth, with a warning for what lacks (`--strict` makes it an error).
 * Make it after everything else that adds endpoints to the VPC.
 */
export class NetworkPreflight extends Construct {
  readonly rows: readonly NetworkRow[];

  constructor(scope: Construct, id: string, props: NetworkPreflightProps) {
    super(scope, id);
    const { vpc, vpcSubnets = {}, addEndpoints = false } = props;
    const reach = readReach(vpc, vpc.selectSubnets(vpcSubnets).subnets);
    const added = new Set<ServiceName>();
    this.rows = props.consumers.flatMap((consumer) => [
      ...toBrokerRows(consumer),
      ...toNeeds(consumer, props.functionServices).map((need): NetworkRow => {
        const row = { consumer: consumer.definition.name, ...need };
        const way = reach(need.service);
        if (way !== 'missing' || need.certainty === 'unclear' || !addEndpoints) return { ...row, way };
        if (!added.has(need.service)) addEndpoint(props, need.service);
        added.add(need.service);
        return { ...row, way: 'added' };
      }),
    ]);
    Annotations.of(this).addInfo(toTable(this.rows));
    this.#warn();
  }

  #warn(): void {
    const missing = this.rows.filter(({ way, certainty }) => way === 'missing' && certainty !== 'unclear');
    const closed = missing.filter(({ service }) => service.startsWith('brokers:'));
    if (closed.length > 0) this.#warnOfBrokers(closed);
    const lacking = missing.filter((row) => !closed.includes(row));
    if (lacking.length === 0) return;
    const services = [...new Set(lacking.map(({ service }) => service))].join(', ');
    const message = `the network lacks a way to AWS services that are called from it, got no endpoint and no NAT gateway for ${services}, expected one of them for each; set addEndpoints, or add them to the VPC`;
    Annotations.of(this).addWarningV2('tailrace:network-lacks', message);
  }

  #warnOfBrokers(rows: readonly NetworkRow[]): void {
    const found = rows.map(({ consumer, service }) => `${consumer} to ${service}`).join(', ');
    const message = `security groups do not let pollers reach the brokers, got no rule for ${found}, expected one out, and for MSK one from the group itself in; the mapping would say PROBLEM after minutes`;
    Annotations.of(this).addWarningV2('tailrace:brokers-closed', message);
  }
}

function toBrokerRows({ definition, source }: KafkaConsumer): readonly NetworkRow[] {
  return readBrokerAccess(source).map(({ port, way }) => ({
    consumer: definition.name,
    who: 'poller',
    service: port === undefined ? 'brokers' : `brokers:${port}`,
    certainty: 'documented',
    way,
  }));
}

function toNeeds(consumer: KafkaConsumer, functionServices: readonly ServiceName[] = []): readonly Need[] {
  const { mappingProperties, source, onFailure } = consumer;
  // Pollers that come from the internet call nothing from a VPC.
  const isInVpc = isMsk(source) || source.vpc !== undefined;
  const ofPollers = toPollerNeeds({
    isProvisioned: mappingProperties['ProvisionedPollerConfig'] !== undefined,
    isMsk: isMsk(source),
    hasSecret: 'secret' in source,
    destination: onFailure.type,
  });
  return [
    ...(isInVpc ? ofPollers : []),
    ...(toUnqualified(consumer.function).isBoundToVpc ? toFunctionNeeds(functionServices) : []),
  ];
}

function addEndpoint(
  { vpc, vpcSubnets = {}, clients = [] }: NetworkPreflightProps,
  service: ServiceName,
): void {
  const gateway = gateways[service];
  if (gateway) {
    vpc.addGatewayEndpoint(`${service}-endpoint`, { service: gateway, subnets: [vpcSubnets] });
    return;
  }
  const endpoint = vpc.addInterfaceEndpoint(`${service}-endpoint`, {
    service: new InterfaceVpcEndpointAwsService(service),
    subnets: vpcSubnets,
    open: false,
  });
  for (const client of clients) endpoint.connections.allowDefaultPortFrom(client);
}

function toTable(rows: readonly NetworkRow[]): string {
  const head = ['consumer', 'who', 'calls', 'by', 'AWS asks for it'];
  const lines = rows.map(({ consumer, who, service, way, certainty }) => [
    consumer,
    who,
    service,
    way,
    { documented: 'yes', reported: 'no, users do', unclear: 'its pages disagree' }[certainty],
  ]);
  if (lines.length === 0) return 'network: pollers and functions call nothing from the VPC';
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const text = [head, ...lines].map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `network\n${text.join('\n')}`;
}
