// Stands before the local endpoints: who calls, what for, and whether AWS would let them. A refusal has the form that the service
// itself gives it.
import { randomUUID } from 'node:crypto';
import { findDenial, type Ask, type Reason } from './evaluate.ts';
import type { Caller, Permissions } from './permissions.ts';
import { toCall, type AwsCall, type AwsRequest } from './requests.ts';

/** A call that AWS would deny. */
export interface Denial {
  /** Name of the function. */
  readonly caller: string;
  readonly roleArn: string;
  readonly action: string;
  /** As a grant would name it: objects are `<bucket>/*`, since a key may tell of a record. */
  readonly resource: string;
  /** Whether a statement denies it, or none allows it. */
  readonly reason: Reason;
  readonly calls: number;
}

/** What is answered in the endpoint's place. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Judges calls. */
export interface Guard {
  /** Takes other permissions in place of those before; without any everything is allowed. */
  permit(permissions: Permissions): void;
  /** Undefined: go on. */
  check(request: AwsRequest): Refusal | undefined;
}

/** Makes a guard; `onDenied` gets the running count of each caller's action and resource. */
export function createGuard(onDenied: (denial: Denial) => void): Guard {
  let callers = new Map<string, Caller>();
  let permissions: Permissions | undefined;
  let policies = new Map<string, Permissions['resources'][number]['statements']>();
  const counts = new Map<string, number>();
  return {
    permit(given) {
      permissions = given;
      callers = new Map(given.callers.map((caller) => [caller.accessKeyId, caller]));
      policies = new Map(given.resources.map(({ arn, statements }) => [arn, statements]));
    },
    check(request) {
      if (permissions === undefined) return undefined;
      const key = /Credential=([^/,\s]+)\//.exec(request.headers.authorization ?? '')?.[1];
      const caller = callers.get(key ?? '');
      if (caller === undefined) return undefined;
      const call = toCall(request, permissions);
      if (call === undefined) return undefined;
      const denied = call.asks.flatMap((ask) => {
        // A resource of somebody else's may have a policy that lets the caller in.
        const policy = ask.resource === '*' ? [] : policies.get(toResourceOfApp(ask.resource));
        const reason = policy && findDenial(ask, caller, policy);
        return reason === undefined ? [] : [{ ask, reason }];
      });
      const [first] = denied;
      if (first === undefined) return undefined;
      const resource = toGrantable(first.ask.resource);
      note({ action: first.ask.action, resource }, caller, first.reason);
      const message = toMessage({ action: first.ask.action, resource }, caller, first.reason);
      if (!call.isByKey) return toRefusal(call.service, message);
      // S3 deletes what it may, and names the others; with some of each the endpoint deletes all.
      return denied.length === call.asks.length ? toDeleteErrors(call, message) : undefined;
    },
  };

  function note({ action, resource }: Ask, { functionName, roleArn }: Caller, reason: Reason): void {
    const key = `${functionName} ${action} ${resource} ${reason}`;
    const calls = (counts.get(key) ?? 0) + 1;
    counts.set(key, calls);
    onDenied({ caller: functionName, roleArn, action, resource, reason, calls });
  }
}

function toDeleteErrors({ asks }: AwsCall, message: string): Refusal {
  const errors = asks.map(({ resource }) => {
    const key = escapeXml(resource.slice(resource.indexOf('/') + 1));
    return `<Error><Key>${key}</Key><Code>AccessDenied</Code><Message>${escapeXml(message)}</Message></Error>`;
  });
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?><DeleteResult>${errors.join('')}</DeleteResult>`,
  };
}

/** The bucket of an object, the table of an index. */
function toResourceOfApp(arn: string): string {
  return arn.startsWith('arn:aws:s3:::') ? arn.replace(/\/.*$/, '') : arn.replace(/\/index\/.*$/, '');
}

function toGrantable(arn: string): string {
  return arn.startsWith('arn:aws:s3:::') ? arn.replace(/\/.*$/, '/*') : arn;
}

/** In AWS's words: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function toMessage({ action, resource }: Ask, { roleArn, functionName }: Caller, reason: Reason): string {
  const [, , , , accountId = '', role = ''] = roleArn.split(':');
  const user = `arn:aws:sts::${accountId}:assumed-role/${role.replace(/^role\//, '')}/${functionName}`;
  const why =
    reason === 'explicit'
      ? 'with an explicit deny in a policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
}

function toRefusal(service: AwsCall['service'], message: string): Refusal {
  const requestId = randomUUID();
  switch (service) {
    case 's3':
      return {
        status: 403,
        headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
        body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>${escapeXml(message)}</Message><RequestId>${requestId}</RequestId></Error>`,
      };
    case 'sqs':
      return {
        status: 403,
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amzn-query-error': 'AccessDenied;Sender',
          'x-amzn-requestid': requestId,
        },
        body: JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', message }),
      };
    case 'sns':
      return {
        status: 403,
        headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
        body: `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      };
    case 'dynamodb':
      return {
        // Not 403: DynamoDB guide, "Error handling", table of error messages and codes.
        status: 400,
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': requestId },
        body: JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', Message: message }),
      };
  }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
