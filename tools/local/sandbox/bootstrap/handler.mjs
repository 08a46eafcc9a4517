// Finds the handler that `_HANDLER` names, with the errors that Lambda's runtime client has for each way to miss it. Plain
// JavaScript without imports of ours, like bootstrap.mjs.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** The handler function. Rejects with an error whose `name` is Lambda's type, or with what the module itself has thrown. */
export async function loadHandler(taskRoot, handlerName) {
  if (handlerName.includes('..'))
    throw named(
      'Runtime.MalformedHandlerName',
      `'${handlerName}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  const file = basename(handlerName);
  const [, stem, path] = /^([^.]*)\.(.*)$/.exec(file) ?? [];
  if (stem === undefined) throw named('Runtime.MalformedHandlerName', 'Bad handler');
  const folder = handlerName.slice(0, handlerName.indexOf(file)).replace(/\/$/, '');
  const loaded = await loadModule(taskRoot, folder, stem);
  const handler = findIn(loaded, path) || findIn(loaded.default, path);
  if (!handler) throw named('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  if (typeof handler !== 'function')
    throw named('Runtime.HandlerNotFound', `${handlerName} is not a function`);
  if (handler.length >= 3) throw named('Runtime.CallbackHandlerDeprecated', callbacksAreGone);
  return handler;
}

/** An error of the runtime's own. */
export function named(name, message, stack) {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

// Node 24's runtime client says this; users search for it.
const callbacksAreGone =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

async function loadModule(taskRoot, folder, stem) {
  const file = resolve(taskRoot, folder, stem);
  try {
    const found = ['', '.js', '.mjs', '.cjs'].find((extension) => existsSync(file + extension));
    if (found !== undefined) return await import(pathToFileURL(file + found).href);
    return require(require.resolve(stem, { paths: [taskRoot, join(taskRoot, folder)] }));
  } catch (error) {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', String(error), error.stack);
    if (error instanceof Error && error.code === 'MODULE_NOT_FOUND')
      throw named('Runtime.ImportModuleError', String(error));
    throw error;
  }
}

function findIn(holder, path) {
  let found = holder;
  for (const key of path.split('.')) {
    found = found !== null && typeof found === 'object' ? found[key] : undefined;
  }
  return found;
}
