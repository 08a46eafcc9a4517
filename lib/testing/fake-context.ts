// Lambda's context object, with a clock that runs down as Lambda's does.

/** Options of `fakeContext()`; every field is optional. */
export interface FakeContextOptions {
  /** Milliseconds until the deadline. Default 60,000. */
  readonly remainingMs?: number;
  /** Default `test-request`. */
  readonly awsRequestId?: string;
  /** Default `test`. */
  readonly functionName?: string;
  /** Default 256. */
  readonly memoryLimitInMB?: number;
}

/** Lambda's context, as `@types/aws-lambda` has it. */
export interface FakeContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  getRemainingTimeInMillis(): number;
  /** Throws: callbacks are not supported since Node 24. */
  done(error?: Error, result?: unknown): void;
  /** Throws: callbacks are not supported since Node 24. */
  fail(error: Error | string): void;
  /** Throws: callbacks are not supported since Node 24. */
  succeed(messageOrObject: unknown): void;
}

/** Makes a context whose deadline is `remainingMs` from now. */
export function fakeContext(options: FakeContextOptions = {}): FakeContext {
  const { remainingMs = 60_000, awsRequestId = 'test-request', functionName = 'test' } = options;
  const deadline = Date.now() + remainingMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:eu-west-1:123456789012:function:${functionName}`,
    memoryLimitInMB: String(options.memoryLimitInMB ?? 256),
    awsRequestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: '2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef',
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: refuseCallback,
    fail: refuseCallback,
    succeed: refuseCallback,
  };
}

function refuseCallback(): never {
  throw new Error(
    'context callbacks do not exist on Node 24, got a call of one, expected a promise; return it',
  );
}
