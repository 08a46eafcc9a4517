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

/** What a function takes beside the definition; every field is optional. */
export interface FunctionOptions {
  /** Node.js 22 or 24. Default `Runtime.NODEJS_24_X`. */
  readonly runtime?: Runtime;
  /** The CPU; its addon is put into the asset. Default `Architecture.ARM_64`. */
  readonly architecture?: Architecture;
  /** How the handler becomes one file. Default one minified ESM file with its source map, all but the AWS SDK in it. */
  readonly bundling?: BundlingOptions;
  /** The VPC that the function itself stands in, for a handler that needs one; the poller does not. Default none. */
  readonly vpc?: IVpc;
  /** Where in `vpc` the function stands. Default the private subnets of `vpc`. */
  readonly vpcSubnets?: SubnetSelection;
  /** What the function may reach in `vpc`. Default one of its own. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /** Invocations at once that are kept for this function and are its limit, 0 (off) or more. Default none. */
  readonly reservedConcurrency?: number;
  /** The key of the environment variables; whoever deploys needs `kms:CreateGrant` on it. Default Lambda's own. */
  readonly environmentKey?: IKey;
  /** Whether X-Ray traces the function, which it does not do behind Kafka: see rule `TRACING_NOT_FOR_KAFKA`. Default false. */
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
