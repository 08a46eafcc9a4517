// The runtime inside a sandbox: what /var/runtime is on Lambda. Loads the function's handler from its asset and talks
// the Lambda Runtime API. Plain JavaScript without imports of ours: it shares the process and the memory with the
// function, so nothing but Node may be loaded here (type stripping alone would cost it several MB).
// Arguments: <file URL from whose folder @aws-sdk packages resolve>. File descriptor 3: closes when the runner dies.
import { readdirSync, realpathSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire, isBuiltin, registerHooks } from 'node:module';
import { Socket } from 'node:net';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const [sdkParent] = process.argv.splice(2);
const { AWS_LAMBDA_RUNTIME_API: api, LAMBDA_TASK_ROOT: taskRoot, _HANDLER: handlerName } = process.env;
const [host, port] = api.split(':');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const writeOut = process.stdout.write.bind(process.stdout);
const writeErr = process.stderr.write.bind(process.stderr);
let requestId;

// Whatever ends the runner, SIGKILL included, closes its end of this pipe. Not stdin, which the function may read.
const lifeline = new Socket({ fd: 3, readable: true, writable: false });
lifeline.on('close', () => process.exit(0));
lifeline.on('error', () => process.exit(0));
lifeline.resume();
lifeline.unref();

restrictResolution();
prefixConsole();
process.on('uncaughtException', (error) => void endWith(error, error?.name, 129));
process.on('unhandledRejection', (reason) => void endWith(reason, 'Runtime.UnhandledPromiseRejection', 128));
process.on('beforeExit', () => {
  const error = new Error('the event loop is empty, but the handler has not returned');
  void endWith(error, 'Runtime.NodeJsExit', 1);
});

const handler = await loadHandler();
for (;;) await serveNext();

async function serveNext() {
  const { headers, body } = await call('GET', '/runtime/invocation/next');
  requestId = headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  let path = `/runtime/invocation/${requestId}/response`;
  let answer;
  let type;
  try {
    const result = await handler(JSON.parse(body), createContext(headers));
    answer = JSON.stringify(result === undefined ? null : result);
  } catch (error) {
    writeErr(logLine('ERROR', `Invoke Error \t${JSON.stringify(describe(error))}`));
    path = `/runtime/invocation/${requestId}/error`;
    const described = describe(error);
    type = described.errorType;
    answer = JSON.stringify(described);
  }
  await flushLogs();
  await call('POST', path, answer, type);
  requestId = undefined;
}

// Lambda's zip holds the function and nothing else; here the asset lies inside the project, and Node would go on
// looking in the folders above it. A package that the asset lacks must be missing here too, except the AWS SDK.
function restrictResolution() {
  const rootUrl = pathToFileURL(realpathSync(taskRoot) + sep).href;
  const sdkRequire = createRequire(sdkParent);
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const isBare = !/^(?:[./#]|[a-z]:[\\/]|[a-z][\w+.-]+:)/i.test(specifier);
      if (!isBare || isBuiltin(specifier) || !context.parentURL?.startsWith(rootUrl)) {
        return nextResolve(specifier, context);
      }
      const inAsset = attempt(() => nextResolve(specifier, context));
      if (inAsset?.url.startsWith(rootUrl)) return inAsset;
      if (/^@(?:aws-sdk|smithy)\//.test(specifier)) {
        if (context.conditions.includes('import')) {
          return nextResolve(specifier, { ...context, parentURL: sdkParent });
        }
        return { url: pathToFileURL(sdkRequire.resolve(specifier)).href, shortCircuit: true };
      }
      const error = new Error(`Cannot find package '${specifier}' imported from ${context.parentURL}`);
      throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
    },
  });
}

function attempt(act) {
  try {
    return act();
  } catch {
    // Not found there is an answer, not a failure: the caller goes on to look elsewhere and reports it itself.
    return undefined;
  }
}

async function loadHandler() {
  const match = /^(.*)\.([^./]+)$/.exec(handlerName);
  if (match === null)
    await endWith(new Error(`Bad handler: ${handlerName}`), 'Runtime.MalformedHandlerName', 1);
  const [, module, name] = match;
  const files = readdirSync(join(taskRoot, module, '..'));
  const stem = module.split('/').at(-1);
  const extension = ['.js', '.mjs', '.cjs'].find((candidate) => files.includes(stem + candidate));
  try {
    if (extension === undefined) throw new Error(`Cannot find module '${stem}'`);
    const loaded = await import(pathToFileURL(join(taskRoot, module + extension)).href);
    const found = loaded[name] ?? loaded.default?.[name];
    if (typeof found === 'function') return found;
  } catch (error) {
    const isMissing = extension === undefined || (error?.code ?? '').endsWith('MODULE_NOT_FOUND');
    const type = isMissing
      ? 'Runtime.ImportModuleError'
      : error instanceof SyntaxError
        ? 'Runtime.UserCodeSyntaxError'
        : undefined;
    await endWith(error, type, 1);
  }
  return await endWith(
    new Error(`${handlerName} is undefined or not exported`),
    'Runtime.HandlerNotFound',
    1,
  );
}

async function endWith(error, type, exitCode) {
  const described = { ...describe(error), ...(type === undefined ? {} : { errorType: type }) };
  const id = requestId;
  writeErr(logLine('ERROR', `${id === undefined ? 'Init' : 'Invoke'} Error \t${JSON.stringify(described)}`));
  await flushLogs();
  const path = id === undefined ? '/runtime/init/error' : `/runtime/invocation/${id}/error`;
  await call('POST', path, JSON.stringify(described), described.errorType);
  return process.exit(exitCode);
}

function describe(error) {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function createContext(headers) {
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  const { env } = process;
  return {
    awsRequestId: requestId,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

// The runner takes an invocation for finished once it has read both marks: no line is ever counted to the next one.
async function flushLogs() {
  const mark = `\0END ${requestId ?? 'init'}\n`;
  await Promise.all([writeOut, writeErr].map((write) => new Promise((resolve) => write(mark, resolve))));
}

// Lambda's log formats. Loggers that bring their own Console, as Powertools does, are not touched there either.
function prefixConsole() {
  const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', trace: 'TRACE', warn: 'WARN', error: 'ERROR' };
  for (const [method, level] of Object.entries(levels)) {
    const write = level === 'WARN' || level === 'ERROR' ? writeErr : writeOut;
    console[method] = (...values) => write(logLine(level, format(...values)));
  }
}

function logLine(level, text) {
  if (process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON') {
    const timestamp = new Date().toISOString();
    return `${JSON.stringify({ timestamp, level, requestId, message: text })}\n`;
  }
  const line = [new Date().toISOString(), requestId ?? 'undefined', level, text].join('\t');
  return `${line.replaceAll('\n', '\r')}\n`;
}

function call(method, path, body, errorType) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    if (body !== undefined) headers['content-length'] = Buffer.byteLength(body);
    if (errorType !== undefined) headers['lambda-runtime-function-error-type'] = errorType;
    const outgoing = request(
      { host, port, agent, method, path: `/2018-06-01${path}`, headers },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }),
        );
      },
    );
    // The runner is gone or has given up on this process.
    outgoing.on('error', () => process.exit(1));
    outgoing.end(body);
  });
}
