// Without a cluster, synth and local runs go on with a placeholder, but a deployment must not: it would create functions
// that wait for a cluster that is not there. The CDK command line tells an app nothing about its own command and asks
// for credentials first, so there are two guards: one that reads our parent's command line and can therefore speak
// before anything else does, and one inside the template that CloudFormation itself obeys, however it is deployed.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CfnRule, Fn, type Stack } from 'aws-cdk-lib';

const message =
  'no Kafka cluster to deploy for, got neither context clusterArn nor bootstrapServers, expected one of them; ' +
  'pass -c clusterArn=arn:aws:kafka:... (MSK, IAM), or ' +
  '-c bootstrapServers=host:port,... -c secretArn=arn:aws:secretsmanager:... (self-managed, SASL/SCRAM-512)';

/** A deployment without a Kafka cluster was asked for. */
export class NoClusterError extends Error {
  override readonly name = 'NoClusterError';
  readonly code = 'NO_CLUSTER';

  constructor() {
    super(message);
  }
}

/** Commands of the CDK command line that change what is deployed. */
const deploying: ReadonlySet<string> = new Set('deploy import publish-assets watch'.split(' '));
/** Its other commands (CDK 2.1148), which may go on. */
const harmless: ReadonlySet<string> = new Set(
  (
    'synth synthesize list ls diff destroy drift metadata rollback bootstrap gc acknowledge ack notices init migrate ' +
    'context docs doc doctor refactor flags validate diagnose explore lsp orphan ' +
    'cli-telemetry'
  ).split(' '),
);

/**
 * Makes a stack without a cluster impossible to deploy.
 *
 * @throws NoClusterError `NO_CLUSTER` at once, when this process was started by `cdk deploy` or another such command
 */
export function refuseDeployment(
  stack: Stack,
  commandLines: Iterable<readonly string[]> = ancestors(),
): void {
  // A rule whose assertion cannot hold fails the change set before a resource is made, and shows the description.
  new CfnRule(stack, 'KafkaClusterIsGiven', {
    assertions: [{ assert: Fn.conditionEquals('cluster', 'placeholder'), assertDescription: message }],
  });
  for (const args of commandLines) {
    const command = toCdkCommand(args);
    if (command === undefined) continue;
    if (deploying.has(command)) throw new NoClusterError();
    return;
  }
}

/** The command that a process runs, such as `deploy`, if it is the CDK command line; else undefined. */
export function toCdkCommand(args: readonly string[]): string | undefined {
  const start = args.findIndex((each) => /^cdk(?:\.js|\.cmd)?$/.test(basename(each)));
  if (start === -1) return undefined;
  return args.slice(start + 1).find((each) => deploying.has(each) || harmless.has(each));
}

/** The command lines of the processes above this one, nearest first; fewer where the system does not tell. */
function* ancestors(): Generator<readonly string[]> {
  for (let pid = process.ppid, depth = 0; pid > 1 && depth < 8; depth += 1) {
    const found = readProcess(pid);
    if (found === undefined) return;
    yield found.args;
    pid = found.parentPid;
  }
}

function readProcess(
  pid: number,
): { readonly args: readonly string[]; readonly parentPid: number } | undefined {
  try {
    if (process.platform === 'linux') {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return { args, parentPid: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]) };
    }
    const line = execFileSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [parentPid, ...args] = line.split(/\s+/);
    return { args, parentPid: Number(parentPid) };
  } catch {
    // The process is gone, or this system has no ps: the rule in the template still stands.
    return undefined;
  }
}
