// `--stack`: where a deployed stack keeps its dead letters, and which functions it has, by its own resources.
import {
  CloudFormationClient,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { toAwsError } from '../error.ts';

/** What a stack says of its dead letters. */
export interface StackPlaces {
  readonly buckets: readonly string[];
  readonly queueUrls: readonly string[];
  readonly topics: readonly string[];
  /** Names of functions by the consumer that they run. */
  readonly functions: ReadonlyMap<string, string>;
}

/**
 * Reads a stack and its nested ones: on-failure destinations of its mappings, and its dead-letter bucket.
 * @throws {DeadLettersError} `NO_SUCH_PLACE`, `NO_ACCESS`
 */
export async function findPlaces(stackName: string, sqs: SQSClient): Promise<StackPlaces> {
  const cloudFormation = new CloudFormationClient({});
  const lambda = new LambdaClient({});
  try {
    const resources = await listResources(cloudFormation, stackName);
    const named = (type: string): readonly string[] =>
      resources.flatMap((each) => (each.ResourceType === type ? (each.PhysicalResourceId ?? []) : []));
    const names = named('AWS::Lambda::Function');
    const functions = await readConsumers(lambda, names);
    const destinations = await readDestinations(lambda, [...functions.values()]);
    const letters = resources.flatMap((each) =>
      each.ResourceType === 'AWS::S3::Bucket' && /DeadLetter/i.test(each.LogicalResourceId ?? '')
        ? (each.PhysicalResourceId ?? [])
        : [],
    );
    return {
      functions,
      buckets: [...new Set([...letters, ...pick(destinations, /^arn:[\w-]+:s3:::(.+)$/)])],
      queueUrls: await Promise.all(
        pick(destinations, /^arn:[\w-]+:sqs:[^:]*:[^:]*:(.+)$/).map(async (name) => await toUrl(sqs, name)),
      ),
      topics: pick(destinations, /^kafka:\/\/(.+)$/),
    };
  } finally {
    cloudFormation.destroy();
    lambda.destroy();
  }
}

async function listResources(
  client: CloudFormationClient,
  stackName: string,
): Promise<readonly StackResourceSummary[]> {
  try {
    const own: StackResourceSummary[] = [];
    for await (const page of paginateListStackResources({ client }, { StackName: stackName }))
      own.push(...(page.StackResourceSummaries ?? []));
    const nested = own.flatMap((each) =>
      each.ResourceType === 'AWS::CloudFormation::Stack' ? (each.PhysicalResourceId ?? []) : [],
    );
    const below = await Promise.all(nested.map(async (name) => await listResources(client, name)));
    return [...own, ...below.flat()];
  } catch (error) {
    throw error instanceof Error && error.name === 'DeadLettersError'
      ? error
      : toAwsError(error, `reading stack ${stackName}`);
  }
}

// A consumer's function says its consumer's name in a variable; other functions of a stack have none.
async function readConsumers(
  lambda: LambdaClient,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const functions = new Map<string, string>();
  for (const FunctionName of names) {
    try {
      const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      const consumer = Environment?.Variables?.['POWERTOOLS_SERVICE_NAME'];
      functions.set(consumer ?? FunctionName, FunctionName);
    } catch (error) {
      // Whoever may redrive one consumer need not see the stack's other functions.
      if (isDenied(error)) continue;
      throw toAwsError(error, `reading function ${FunctionName}`);
    }
  }
  return functions;
}

function isDenied(error: unknown): boolean {
  return (error as Error).name.startsWith('AccessDenied');
}

async function readDestinations(
  lambda: LambdaClient,
  functions: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const FunctionName of functions) {
    try {
      const { EventSourceMappings = [] } = await lambda.send(
        new ListEventSourceMappingsCommand({ FunctionName }),
      );
      found.push(
        ...EventSourceMappings.flatMap((each) => each.DestinationConfig?.OnFailure?.Destination ?? []),
      );
    } catch (error) {
      throw toAwsError(error, `reading the mappings of ${FunctionName}`);
    }
  }
  return [...new Set(found)];
}

function pick(destinations: readonly string[], pattern: RegExp): readonly string[] {
  return destinations.flatMap((each) => pattern.exec(each)?.[1] ?? []);
}

async function toUrl(sqs: SQSClient, QueueName: string): Promise<string> {
  try {
    const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    return QueueUrl;
  } catch (error) {
    throw toAwsError(error, `finding queue ${QueueName}`);
  }
}
