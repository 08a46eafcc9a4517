// Roles and policies as templates have them: what counts, and what is not judged and said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findDenial } from '../../../tools/aws/permissions/evaluate.ts';
import { readTopology } from '../../../tools/template/topology.ts';
import type { AppPermissions } from '../../../tools/template/permissions.ts';
import { writeLocalApp } from '../../support/local-app.ts';

const bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'store' } };
const objects = { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Store', 'Arn'] }, '/*']] };
const grant = (resource: unknown = objects, more: object = {}): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: resource, ...more }],
});
const managed = (name: string): object => ({
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::aws:policy/service-role/${name}`]],
});

async function read(resources: Readonly<Record<string, unknown>>, role: unknown): Promise<AppPermissions> {
  const fn = role === undefined ? {} : { function: { Role: role } };
  const source = 'export function handler() {}';
  const app = await writeLocalApp([{ name: 'fn', source, ...fn }], { Store: bucket, ...resources });
  try {
    const account = { accountId: '000000000000', region: 'us-east-1', queueUrl: (name: string) => name };
    const { permissions } = readTopology(app.cdkOut, account);
    assert.ok(permissions);
    return permissions;
  } finally {
    await app.remove();
  }
}

function isAllowed({ callers, resources }: AppPermissions): boolean {
  const [caller] = callers;
  const policy = resources.find(({ arn }) => arn === 'arn:aws:s3:::store');
  assert.ok(caller && policy);
  const ask = { action: 's3:PutObject', resource: 'arn:aws:s3:::store/key' };
  return findDenial(ask, caller, policy.statements) === undefined;
}

const role = { 'Fn::GetAtt': ['Role', 'Arn'] };
const toRole = (properties: object = {}): object => ({ Type: 'AWS::IAM::Role', Properties: properties });
const ofRole = (type: string, document: object): object => ({
  Type: type,
  Properties: {
    PolicyName: 'p',
    Roles: [{ Ref: 'Role' }],
    RoleName: { Ref: 'Role' },
    PolicyDocument: document,
  },
});

const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, boolean])[] = [
  ['nothing', { Role: toRole() }, false],
  ['logs only', { Role: toRole({ ManagedPolicyArns: [managed('AWSLambdaBasicExecutionRole')] }) }, false],
  ['an inline policy', { Role: toRole({ Policies: [{ PolicyName: 'p', PolicyDocument: grant() }] }) }, true],
  ['a policy', { Role: toRole(), Policy: ofRole('AWS::IAM::Policy', grant()) }, true],
  ['a role policy', { Role: toRole(), Policy: ofRole('AWS::IAM::RolePolicy', grant()) }, true],
  [
    'a managed policy that it names',
    {
      Role: toRole({ ManagedPolicyArns: [{ Ref: 'Own' }] }),
      Own: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: grant() } },
    },
    true,
  ],
  [
    'a policy of another role',
    {
      Role: toRole(),
      Other: toRole(),
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'p', Roles: [{ Ref: 'Other' }], PolicyDocument: grant() },
      },
    },
    false,
  ],
  [
    'a grant on another bucket',
    { Role: toRole(), Policy: ofRole('AWS::IAM::Policy', grant('arn:aws:s3:::other/*')) },
    false,
  ],
  [
    'a grant on what only AWS knows',
    {
      Role: toRole(),
      Odd: { Type: 'Custom::Odd' },
      Policy: ofRole('AWS::IAM::Policy', grant({ 'Fn::GetAtt': ['Odd', 'Arn'] })),
    },
    true,
  ],
  [
    'a grant with a policy variable',
    // oxlint-disable-next-line no-template-curly-in-string
    { Role: toRole(), Policy: ofRole('AWS::IAM::Policy', grant('arn:aws:s3:::x/${aws:PrincipalTag/y}')) },
    true,
  ],
  [
    'a grant on a condition',
    {
      Role: toRole(),
      Policy: ofRole('AWS::IAM::Policy', grant(objects, { Condition: { Bool: { 'aws:x': 'y' } } })),
    },
    true,
  ],
  [
    'a grant and a denial on a condition',
    {
      Role: toRole(),
      Policy: ofRole('AWS::IAM::Policy', grant()),
      Denial: ofRole('AWS::IAM::Policy', grant('*', { Effect: 'Deny', Condition: { Bool: { x: 'y' } } })),
    },
    true,
  ],
  [
    'a grant and a denial',
    {
      Role: toRole(),
      Policy: ofRole('AWS::IAM::Policy', grant()),
      Denial: ofRole('AWS::IAM::Policy', grant('*', { Effect: 'Deny' })),
    },
    false,
  ],
  [
    "the bucket's own policy",
    {
      Role: toRole(),
      Policy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: { Ref: 'Store' },
          PolicyDocument: grant(objects, { Principal: { AWS: role } }),
        },
      },
    },
    true,
  ],
];

for (const [what, resources, allowed] of cases)
  test(`a role with ${what} ${allowed ? 'may' : 'may not'}`, async () => {
    const permissions = await read(resources, role);
    assert.deepEqual(permissions.notes, []);
    assert.equal(isAllowed(permissions), allowed);
  });

const unknown: readonly (readonly [string, Readonly<Record<string, unknown>>, unknown, RegExp])[] = [
  ['no role', {}, undefined, /no role in the template/],
  ['an imported role', {}, 'arn:aws:iam::000000000000:role/theirs', /a role that is not of the app/],
  [
    'a managed policy of AWS that may allow it',
    { Role: toRole({ ManagedPolicyArns: [managed('AmazonS3FullAccess')] }) },
    role,
    /managed policy AmazonS3FullAccess/,
  ],
  [
    'a policy of the account by a harmless name',
    {
      Role: toRole({
        ManagedPolicyArns: ['arn:aws:iam::000000000000:policy/AWSLambdaBasicExecutionRole'],
      }),
    },
    role,
    /not judged/,
  ],
];

for (const [what, resources, given, note] of unknown)
  test(`does not judge a function with ${what}, and says so`, async () => {
    const { callers, notes } = await read(resources, given);
    assert.deepEqual(callers, []);
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? '', note);
  });
