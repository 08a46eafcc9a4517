// What cdk-nag's AwsSolutions pack finds in what this project makes, and why it is so all the same. Findings of wildcards
// are known by the statement that they are in, so that another one, in a statement of one's own, stays a finding.

import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** Why a statement of ours names its resources with a star. */
const wildcards: Readonly<Record<string, string>> = {
  AttachFunctionToNetwork: 'an interface has no id before it is made; subnets and security groups are named',
  AttachToNetwork:
    'an interface has no id before it is made, and where the network of the cluster is not given it may be any',
  DescribeFunctionNetwork: "EC2's Describe actions have no resource level",
  DescribeNetwork: "EC2's Describe actions have no resource level",
  DetachFromNetwork: 'the form that Lambda asks for; an interface has no id before it is made',
  DetachFunctionFromNetwork: 'the form that Lambda asks for; an interface has no id before it is made',
  ReadSchemas: 'asked by the id of a schema version, Glue knows no resource',
  StoreDeadLetters: "objects below the consumer's own prefix of one bucket",
  StoreFailedBatches:
    'objects of one bucket: AWS documents no prefix for the failed batches of Kafka mappings',
  WriteArchive: "objects below the topic's own prefix of one bucket",
  WriteClaimChecks: "objects below the topic's own prefix of one bucket",
};

const abort = 's3:Abort*';
/** Why what `bucket.grantPut()` grants has stars, and nothing else that it could have come from. */
const puts =
  "CDK's grantPut: objects below a prefix, and the right to take back an upload of its own that was cut";

/** A statement of a policy, as templates have it. */
interface Statement {
  readonly Sid?: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** Why a resource of ours is as it is, by its type and the rule. */
const resources: readonly { readonly type: string; readonly rule: string; readonly reason: string }[] = [
  {
    type: 'AWS::S3::Bucket',
    rule: 'S1',
    reason:
      'one role writes to each bucket and nobody is granted reading; who reads is told by CloudTrail, whole and in order, which access logs are not',
  },
  {
    type: 'AWS::SQS::Queue',
    rule: 'SQS3',
    reason: 'how often a message may fail is for its reader to say, who brings the dead-letter queue',
  },
];

/**
 * Acknowledges, in everything below `scope`, the findings that this project answers for, each with its reason. Call it
 * once, on the stack or the app that cdk-nag checks.
 */
export function acknowledgeNag(scope: IConstruct): void {
  // As a validation, which comes once references between stacks are what they will be: cdk-nag names a wildcard by the
  // text of its resource.
  scope.node.addValidation({
    validate() {
      for (const construct of scope.node.findAll())
        if (CfnResource.isCfnResource(construct)) answer(construct);
      return [];
    },
  });
}

function answer(resource: CfnResource): void {
  for (const { type, rule, reason } of resources) {
    if (resource.cfnResourceType === type) acknowledge(resource, rule, reason);
  }
  if (!(resource instanceof CfnPolicy)) return;
  const document = Stack.of(resource).resolve(resource.policyDocument) as {
    readonly Statement: readonly Statement[];
  };
  for (const statement of document.Statement) {
    const isPut = isGrantPut(statement);
    const { Sid = '', Resource } = statement;
    const reason = isPut ? puts : wildcards[Sid];
    if (reason === undefined) continue;
    if (isPut) acknowledge(resource, `IAM5[Action::${abort}]`, puts);
    for (const each of Array.isArray(Resource) ? Resource : [Resource]) {
      const text = toText(each);
      if (text.includes('*')) acknowledge(resource, `IAM5[Resource::${text}]`, reason);
    }
  }
}

/** Whether a statement grants storing objects below a prefix, and nothing else. */
function isGrantPut({ Action, Resource }: Statement): boolean {
  const actions = [Action].flat();
  return (
    actions.includes(abort) &&
    actions.every((each) => each === abort || each.startsWith('s3:PutObject')) &&
    typeof Resource === 'object' && // a bucket of the app, not one of any name
    !toText(Resource).endsWith('>/*')
  );
}

function acknowledge(resource: CfnResource, finding: string, reason: string): void {
  Validations.of(resource).acknowledge({ id: `AwsSolutions-${finding}`, reason });
}

/** A template's value as cdk-nag writes it: `<Bucket.Arn>/*`. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[intrinsic, argument] = []] = Object.entries(value as Record<string, unknown>);
  switch (intrinsic) {
    case 'Ref':
      return `<${String(argument)}>`;
    case 'Fn::GetAtt':
      return `<${(argument as readonly string[]).join('.')}>`;
    case 'Fn::Join': {
      const [separator, parts] = argument as readonly [string, readonly unknown[]];
      return parts.map(toText).join(separator);
    }
    default:
      return JSON.stringify(value);
  }
}
