// What the template linters find and is so on purpose, each with its reason. A finding that is not here fails the tests,
// and so does an entry that explains no finding any more.

/** A rule that may be broken, by resources of these types only. */
export interface Suppression {
  readonly tool: 'cfn-lint' | 'checkov';
  readonly rule: string;
  /** Types of the resources, as `AWS::S3::Bucket`. */
  readonly types: readonly string[];
  readonly reason: string;
}

/** All of them. */
export const suppressions: readonly Suppression[] = [
  {
    tool: 'cfn-lint',
    rule: 'W3005',
    types: ['AWS::IAM::Policy', 'AWS::Lambda::EventSourceMapping', 'AWS::Lambda::Function'],
    reason:
      'CDK writes a DependsOn for a role, and for all of a construct that another depends on, even where a reference implies it; it does no harm',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_18',
    types: ['AWS::S3::Bucket'],
    reason:
      'access logs of buckets are an account’s choice (CloudTrail data events do as well); a bucket for logs here would ask for one itself',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_26',
    types: ['AWS::SNS::Topic'],
    reason:
      'alarms hold no record content, and CloudWatch can publish to an encrypted topic only under a customer key with a policy for it',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_27',
    types: ['AWS::SQS::Queue'],
    reason: 'encrypted with SQS’s own keys (SqsManagedSseEnabled), which the rule does not look at',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_115',
    types: ['AWS::Lambda::Function'],
    reason: 'a mapping invokes at most once per partition at a time; `reservedConcurrency` is there for more',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_116',
    types: ['AWS::Lambda::Function'],
    reason:
      'a dead-letter queue of the function is for asynchronous invocations; the mapping has an on-failure destination',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_117',
    types: ['AWS::Lambda::Function'],
    reason:
      'the handlers call AWS services over TLS and reach nothing in a VPC; `vpc` is there for those that do',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_119',
    types: ['AWS::DynamoDB::Table'],
    reason: 'encrypted with DynamoDB’s own key; a customer key costs per request and is the account’s choice',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_158',
    types: ['AWS::Logs::LogGroup'],
    reason: 'encrypted with CloudWatch’s own key; lines hold no record content',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_173',
    types: ['AWS::Lambda::Function'],
    reason:
      'variables hold names of resources, no secrets, and are encrypted with Lambda’s key; `environmentKey` is there for another one',
  },
];
