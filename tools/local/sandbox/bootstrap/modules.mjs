// Makes Node load the asset as if it lay in /var/task, with nothing above it: here it lies inside a project, whose packages
// and whose package.json Node would take for the function's own. Plain JavaScript without imports of ours, like bootstrap.mjs.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, isBuiltin, registerHooks } from 'node:module';
import { basename, delimiter, dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';

const require = createRequire(import.meta.url);

/**
 * Keeps modules of the asset, and of the layers that `NODE_PATH` names, to themselves. The AWS SDK, which Lambda's runtimes
 * bring, is found as the asset would find it in the project around it, or else as one of the modules `sdkParents` finds it.
 */
export function isolateModules(taskRoot, sdkParents) {
  const root = realpathSync(taskRoot);
  const searched = (process.env.NODE_PATH ?? '')
    .split(delimiter)
    .filter((path) => path !== '' && existsSync(path));
  const roots = [...new Set([root, ...searched.map((path) => realpathSync(path))])];
  const rootUrls = roots.map((path) => pathToFileURL(path + sep).href);
  const isInside = (url) => rootUrls.some((rootUrl) => url?.startsWith(rootUrl));
  const hooks = { resolve: createResolve({ isInside, searched, sdkParents }) };
  // Without a package.json on top of the asset, Node decides by what a file holds, there as here.
  const hasScope = declaresType(dirname(root));
  registerHooks(hasScope ? { ...hooks, load: createLoad(root) } : hooks);
}

function createResolve({ isInside, searched, sdkParents }) {
  return (specifier, context, nextResolve) => {
    // Node keeps what one call is given for the next one, so each names its parent.
    const { parentURL, conditions } = context;
    const resolveFrom = (from) => nextResolve(specifier, { ...context, parentURL: from });
    if (isBuiltin(specifier) || isAbsolute(specifier) || !isInside(parentURL)) return resolveFrom(parentURL);
    const found = attempt(() => resolveFrom(parentURL));
    if (isInside(found?.url)) return found;
    const isImport = conditions.includes('import');
    // Lambda's runtimes let an import look where NODE_PATH leads, too; Node itself does so for require() alone.
    if (isImport && isBare(specifier)) {
      for (const folder of searched.filter((path) => basename(path) === 'node_modules')) {
        const inLayer = attempt(() => resolveFrom(toModuleIn(dirname(folder))));
        if (isInside(inLayer?.url)) return inLayer;
      }
    }
    if (isSdk(specifier)) {
      const inSdk = found ?? findSdk(specifier, sdkParents, isImport && resolveFrom);
      if (inSdk !== undefined) return inSdk;
    }
    if (found !== undefined) throw toMissing(specifier, parentURL, isImport);
    // Not there at all: in Node's own words.
    return resolveFrom(parentURL);
  };
}

function findSdk(specifier, sdkParents, importFrom) {
  for (const parentURL of sdkParents) {
    const found = attempt(() =>
      importFrom
        ? importFrom(parentURL)
        : { url: pathToFileURL(createRequire(parentURL).resolve(specifier)).href, shortCircuit: true },
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function toModuleIn(folder) {
  return pathToFileURL(join(folder, 'index.js')).href;
}

function isAbsolute(specifier) {
  return /^(?:\/|[a-z]:[\\/]|[a-z][\w+.-]+:)/i.test(specifier);
}

function isBare(specifier) {
  return !/^[.#]/.test(specifier);
}

function isSdk(specifier) {
  return /^@(?:aws-sdk|smithy)\//.test(specifier);
}

/** Node's own errors for a module that is not there. */
function toMissing(specifier, parentURL, isImport) {
  const parent = fileURLToPath(parentURL);
  const what = isImport && isBare(specifier) ? 'package' : 'module';
  const [place, code] = isImport
    ? [` imported from ${parent}`, 'ERR_MODULE_NOT_FOUND']
    : [`\nRequire stack:\n- ${parent}`, 'MODULE_NOT_FOUND'];
  const error = Object.assign(new Error(`Cannot find ${what} '${specifier}'${place}`), { code });
  if (isImport) error.stack = error.stack.replace('Error:', `Error [${code}]:`);
  return error;
}

function attempt(act) {
  try {
    return act();
  } catch {
    // Not found there is an answer, not a failure: the caller goes on to look elsewhere and reports it itself.
    return undefined;
  }
}

/** Whether the package that a folder belongs to says what kind of modules its `.js` files are. */
function declaresType(folder) {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'package.json');
    if (existsSync(file)) return attempt(() => JSON.parse(readFileSync(file, 'utf8')).type) !== undefined;
    if (dirname(at) === at) return false;
  }
}

function createLoad(root) {
  const scopes = new Map();
  // Whether the asset has a package.json of its own over a folder.
  const hasScope = (folder) => {
    if (!folder.startsWith(root)) return false;
    let known = scopes.get(folder);
    if (known === undefined) {
      known = existsSync(join(folder, 'package.json')) || hasScope(dirname(folder));
      scopes.set(folder, known);
    }
    return known;
  };
  return (url, context, nextLoad) => {
    const file = url.startsWith('file:') && url.endsWith('.js') ? fileURLToPath(url) : '';
    if (!file.startsWith(root + sep) || hasScope(dirname(file))) return nextLoad(url, context);
    const source = readFileSync(file, 'utf8');
    if (!isCommonJs(source)) return { format: 'module', source, shortCircuit: true };
    if (!context.conditions.includes('import')) return { format: 'commonjs', source, shortCircuit: true };
    // An import of CommonJS would ask the project's package.json once more; a require() has asked here.
    return { format: 'module', source: toModule(file), shortCircuit: true };
  };
}

/** A module that exports what the CommonJS `file` does. */
function toModule(file) {
  const all = require(file);
  const names = Object.keys(Object(all)).filter((name) => name !== 'default');
  const named = names.map(
    (name, at) =>
      `const v${at} = all[${JSON.stringify(name)}];\nexport { v${at} as ${JSON.stringify(name)} };`,
  );
  return [
    "import { createRequire } from 'node:module';",
    `const all = createRequire(import.meta.url)(${JSON.stringify(file)});`,
    'export default all;',
    ...named,
  ].join('\n');
}

const onlyInModules =
  /import statement outside a module|Unexpected token 'export'|'import\.meta' outside|await is only valid|Identifier '(?:module|exports|require|__filename|__dirname)' has already been declared/;

/** Node's own rule for files of no declared kind: CommonJS, unless that fails to compile for what only modules may have. */
function isCommonJs(source) {
  try {
    compileFunction(source, ['exports', 'require', 'module', '__filename', '__dirname']);
    return true;
  } catch (error) {
    return !onlyInModules.test(error.message);
  }
}
