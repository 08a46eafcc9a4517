// The runtime inside a sandbox: what /var/runtime is on Lambda. Loads the function's handler from its asset and talks
// the Lambda Runtime API, as Lambda's own runtime client does (`ric.test.ts` compares the two). Plain JavaScript without
// imports but its parts: it shares the process and the memory with the function, so nothing but Node may be loaded here.
// Arguments: file URLs of modules that find the AWS SDK, in the order in which they are asked. File descriptor 3: closes when
// the runner dies.
import { Socket } from 'node:net';
import { createRuntimeClient } from './client.mjs';
import { loadHandler, named } from './handler.mjs';
import { flushLogs, logError, patchConsole, setLogRequestId } from './log.mjs';
import { isolateModules } from './modules.mjs';

const sdkParents = process.argv.splice(2);
const { AWS_LAMBDA_RUNTIME_API: api, LAMBDA_TASK_ROOT: taskRoot, _HANDLER: handlerName } = process.env;
// The runner's alone: on Lambda there is no such variable.
const { TAILRACE_RUNTIME_TOKEN: token } = process.env;
delete process.env.TAILRACE_RUNTIME_TOKEN;
const client = createRuntimeClient(api, token);
let requestId;

// Whatever ends the runner, SIGKILL included, closes its end of this pipe. Not stdin, which the function may read.
const lifeline = new Socket({ fd: 3, readable: true, writable: false });
lifeline.on('close', () => process.exit(0));
lifeline.on('error', () => process.exit(0));
lifeline.resume();
lifeline.unref();

isolateModules(taskRoot, sdkParents);
patchConsole();
// The runtime client of Node 24 leaves these to Node, whose exit says it all; that of Node 22 tells them as errors.
if (process.env.AWS_EXECUTION_ENV === 'AWS_Lambda_nodejs22.x') reportEnds();
// Not awaited at the top: a function whose event loop runs empty ends with Node's exit code 0, not with 13.
void serve();

async function serve() {
  const handler = await loadHandler(taskRoot, handlerName).catch((error) => endWith(error, error?.name, 1));
  for (;;) await serveNext(handler);
}

async function serveNext(handler) {
  const next = await client.next();
  const { headers } = next;
  requestId = headers['lambda-runtime-aws-request-id'];
  setLogRequestId(requestId);
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  let path = `/invocation/${requestId}/response`;
  let answer;
  try {
    answer = stringify(await handler(takeEvent(next), createContext(headers)));
  } catch (error) {
    logError('Invoke Error', error);
    path = `/invocation/${requestId}/error`;
    answer = JSON.stringify(describe(error));
  }
  await flushLogs(`\0END ${requestId}\n`);
  await client.post(path, answer);
  requestId = undefined;
}

// The text is 6 MB at most, and what waits for the handler would keep it alive.
function takeEvent(next) {
  const { text } = next;
  next.text = undefined;
  return JSON.parse(text);
}

function stringify(result) {
  let text;
  try {
    text = JSON.stringify(result === undefined ? null : result);
  } catch {
    throw named('Runtime.JSONStringifyError', 'Unable to stringify response body');
  }
  // A function or a symbol has no JSON; the runtime client's HTTP part refuses it in these words.
  if (text === undefined) throw new TypeError('Wrong arguments');
  return text;
}

function reportEnds() {
  process.on('uncaughtException', (error) => void endWith(error, error?.name, 129));
  process.on(
    'unhandledRejection',
    (reason) => void endWith(reason, 'Runtime.UnhandledPromiseRejection', 128),
  );
  process.on('beforeExit', () => {
    const error = new Error('the event loop is empty, but the handler has not returned');
    void endWith(error, 'Runtime.NodeJsExit', 1);
  });
}

async function endWith(error, type, exitCode) {
  const described = { ...describe(error), ...(type === undefined ? {} : { errorType: type }) };
  const id = requestId;
  logError(`${id === undefined ? 'Init' : 'Invoke'} Error`, error);
  await flushLogs(`\0END ${id ?? 'init'}\n`);
  const path = id === undefined ? '/init/error' : `/invocation/${id}/error`;
  await client.post(path, JSON.stringify(described), described.errorType);
  return process.exit(exitCode);
}

function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return {
    errorType: clean(error.name),
    errorMessage: clean(error.message),
    trace: clean(error.stack)?.split('\n') ?? [],
  };
}

// An HTTP header cannot hold the character DEL.
function clean(text) {
  return text?.replaceAll('\x7F', '%7F');
}

function createContext(headers) {
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  const { env } = process;
  return {
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: requestId,
    tenantId: undefined,
    xRayTraceId: headers['lambda-runtime-trace-id'],
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
  };
}
