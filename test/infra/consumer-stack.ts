// One stack for tests of a single consumer: a bucket, a handler's file, and a definition to vary.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SecurityGroup, Vpc, type ISecurityGroup, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { KafkaConsumer, type KafkaConsumerProps } from '../../infra/kafka-consumer.ts';
import type { KafkaSource } from '../../infra/source/source.ts';
import { defineConsumer, type ConsumerDefinition } from '../../lib/definition/define-consumer.ts';

export const account = '123456789012';
export const region = 'eu-west-1';
export const msk: string = `arn:aws:kafka:${region}:${account}`;
/** `<name>/<uuid>` of the cluster's ARN. */
export const cluster = 'orders/01234567-89ab-cdef-0123-456789abcdef-4';
export const secretArn: string = `arn:aws:secretsmanager:${region}:${account}:secret:AmazonMSK_orders-AbCd12`;
export const keyArn: string = `arn:aws:kms:${region}:${account}:key/00000000-0000-0000-0000-00000000000a`;
export const mskIam: KafkaSource = { type: 'msk-iam', clusterArn: `${msk}:cluster/${cluster}` };

const imports = new Stack(new App(), 'Imports');
let imported = 0;
const nextId = (): string => `Import${(imported += 1)}`;

/** A secret that is there already, perhaps under a key of one's own. */
export function importSecret(arn: string, encryptionKeyArn?: string): ISecret {
  return Secret.fromSecretAttributes(imports, nextId(), {
    ...(/-[A-Za-z0-9]{6}$/.test(arn) ? { secretCompleteArn: arn } : { secretPartialArn: arn }),
    ...(encryptionKeyArn === undefined ? {} : { encryptionKey: importKey(encryptionKeyArn) }),
  });
}

/** A key that is there already. */
export function importKey(arn: string): IKey {
  return Key.fromKeyArn(imports, nextId(), arn);
}

/** A network that is there already: a VPC of these subnets, and a security group. */
export function importNetwork(
  subnetIds: readonly string[],
  groups: readonly string[],
): { readonly vpc: IVpc; readonly securityGroups: readonly ISecurityGroup[] } {
  return {
    vpc: Vpc.fromVpcAttributes(imports, nextId(), {
      vpcId: 'vpc-00000001',
      availabilityZones: subnetIds.map((_, index) => `${region}${'abc'[index]}`),
      privateSubnetIds: [...subnetIds],
    }),
    securityGroups: groups.map((id) => SecurityGroup.fromSecurityGroupId(imports, nextId(), id)),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'tailrace-consumer-'));
after(() => rmSync(folder, { recursive: true }));
const entry = join(folder, 'handler.ts');
writeFileSync(entry, 'export const handler = async (): Promise<null> => null;\n');

export const orders: ConsumerDefinition = defineConsumer({ name: 'orders', topic: 'orders.v1' });

/** A stack in one account and Region, with a dead-letter bucket. */
export function createStack(): { readonly stack: Stack; readonly bucket: Bucket } {
  const app = new App({
    context: {
      'aws:cdk:bundling-stacks': [],
      '@aws-cdk/core:validateAgainstDefaultRules': true, // CloudFormation's rules, as cdk.json has them
    },
  });
  const stack = new Stack(app, 'Test', { env: { account, region } });
  return { stack, bucket: new Bucket(stack, 'DeadLetterBucket') };
}

/** Adds a consumer of `orders` from MSK with IAM, as group `Test-<id>`, but for what `props` says. */
export function addConsumer(
  { stack, bucket }: ReturnType<typeof createStack>,
  id: string,
  props: Partial<KafkaConsumerProps> = {},
): KafkaConsumer {
  return new KafkaConsumer(stack, id, {
    definition: orders,
    entry,
    source: mskIam,
    deadLetterBucket: bucket,
    removalPolicy: RemovalPolicy.DESTROY,
    groupId: `Test-${id}`,
    ...props,
  });
}
