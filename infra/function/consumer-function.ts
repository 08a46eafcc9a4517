// The function of a consumer, as its definition says, and where it stands. Own file: of what KafkaConsumer puts together
// this is the part that would be the same with any other source of events.

import { Duration, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import { attachStatements } from '../source/network-grants.ts';
import { bundledHandler, bundleHandler } from './bundle.ts';
import type { BundlingOptions } from './bundle-settings.ts';

/** Options of the function beyond the definition; every field is optional. */
export interface FunctionOptions {
  /** Node.js 22 or 24. Default `Runtime.NODEJS_24_X`. */
  readonly runtime?: Runtime;
  /** The CPU architecture; the bundle gets the lz4 addon for it. Default `Architecture.ARM_64`. */
  readonly architecture?: Architecture;
  /** How the handler is bundled. Default one minified ESM file with a source map, including everything except the AWS SDK. */
  readonly bundling?: BundlingOptions;
  /** The VPC of the function, if the handler needs one; the pollers do not need it. Default none. */
  readonly vpc?: IVpc;
  /** The function's subnets in `vpc`. Default the private subnets of `vpc`. */
  readonly vpcSubnets?: SubnetSelection;
  /** The function's security groups in `vpc`. Default a new one. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /** Reserved concurrency: concurrent invocations that are reserved for this function, and its maximum; 0 (off) or more. Default none. */
  readonly reservedConcurrency?: number;
  /** The KMS key of the environment variables; the deploying role needs `kms:CreateGrant` on it. Default Lambda's own. */
  readonly environmentKey?: IKey;
  /**
   * Whether X-Ray tracing is on. X-Ray does not trace functions that a Kafka mapping invokes: see rule `TRACING_NOT_FOR_KAFKA`.
   * Default false.
   */
  readonly tracing?: boolean;
}

/** What a function is made of. */
export interface ConsumerFunctionProps extends FunctionOptions {
  readonly definition: ConsumerDefinition;
  /** The file that exports `handler`, an absolute path. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The runtime of a function whose options name none. */
export const defaultRuntime: Runtime = Runtime.NODEJS_24_X;

const maxDescriptionCharacters = 256; // Lambda service model; a topic's name alone may have 249

/** Adds the function, and to its role what standing in a VPC takes. */
export function addFunction(
  scope: Construct,
  props: ConsumerFunctionProps,
  role: Role,
  logGroup: LogGroup,
): Function {
  const { definition, reservedConcurrency, environmentKey, vpc } = props;
  const { architecture = Architecture.ARM_64, runtime = defaultRuntime } = props;
  const made = new Function(scope, 'Function', {
    description: `Consumes ${definition.topic} as ${definition.name}`.slice(0, maxDescriptionCharacters),
    runtime,
    architecture,
    handler: bundledHandler,
    code: bundleHandler(props.entry, {
      ...props.bundling,
      ...(architecture === Architecture.X86_64 ? { cpu: 'x86_64' } : {}),
      ...(runtime.name === defaultRuntime.name
        ? {}
        : { target: runtime.name.replace(/^nodejs(\d+)\.x$/, 'node$1') }),
    }),
    memorySize: definition.memory.sizeMb,
    timeout: Duration.seconds(definition.timeoutSeconds),
    role,
    logGroup,
    // The runtime's lines are JSON already; this makes Lambda's own (start, report with the memory used) JSON too, so
    // that one query reads both. It leaves lines alone that are JSON.
    loggingFormat: LoggingFormat.JSON,
    environment: props.environment,
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
    ...(environmentKey === undefined ? {} : { environmentEncryption: environmentKey }),
    // CDK grants what tracing needs, on every resource: X-Ray has none to name.
    ...(props.tracing === true ? { tracing: Tracing.ACTIVE } : {}),
    ...(vpc === undefined ? {} : { vpc }),
    ...(props.vpcSubnets === undefined ? {} : { vpcSubnets: props.vpcSubnets }),
    ...(props.securityGroups === undefined ? {} : { securityGroups: [...props.securityGroups] }),
  });
  if (vpc !== undefined) attach(made, role, vpc, props.vpcSubnets);
  return made;
}

function attach(made: Function, role: Role, vpc: IVpc, subnets: SubnetSelection | undefined): void {
  const { subnetIds } = vpc.selectSubnets(subnets);
  const securityGroupIds = made.connections.securityGroups.map((each) => each.securityGroupId);
  const network = { subnetIds, securityGroupIds };
  for (const statement of attachStatements('function', network, Stack.of(made))) role.addToPolicy(statement);
}
