// Run by hand after a change of dependencies: `node tools/setup/complete-lock.mjs`. npm writes only those optional
// packages of other platforms into package-lock.json that it could look up, and then refuses its own file in `npm ci` on
// every machine. This adds what is left out: version from the parent, platform from the name. With `--check` it only
// tells.

import { readFileSync, writeFileSync } from 'node:fs';

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/**
 * The entries that `lock` lacks, by path; empty when `npm ci` can use it as it is.
 *
 * @param {{ packages: Record<string, any> }} lock the content of package-lock.json
 * @returns {Record<string, object>}
 */
function missingEntries(lock) {
  const missing = {};
  for (const [parent, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      // A range is no build of the parent for one platform, which always has the parent's own version.
      if (!/^\d/.test(version)) continue;
      const paths = [`${parent}/node_modules/${name}`, `node_modules/${name}`];
      if (paths.some((path) => path in lock.packages)) continue;
      missing[`node_modules/${name}`] = { version, ...platformOf(name), ...(dev && { dev }), optional: true };
    }
  }
  return missing;
}

/** `@scope/name-linux-arm64-gnu` is for Linux on arm64 with glibc. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = systems.find((each) => words.includes(each));
  const cpu = processors.find((each) => words.includes(each));
  if (os === undefined || cpu === undefined)
    throw new Error(`cannot tell the platform of ${name}; add it to package-lock.json by hand`);
  const libc = words.some((word) => word.startsWith('gnu'))
    ? 'glibc'
    : words.some((word) => word.startsWith('musl'))
      ? 'musl'
      : undefined;
  return { cpu: [cpu], ...(os === 'linux' && libc && { libc: [libc] }), os: [os] };
}

const path = new URL('../../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const missing = missingEntries(lock);
const names = Object.keys(missing);
if (process.argv.includes('--check')) {
  if (names.length > 0)
    process.stdout.write(
      `package-lock.json lacks ${names.join(', ')}; run node tools/setup/complete-lock.mjs\n`,
    );
  process.exitCode = names.length > 0 ? 1 : 0;
} else {
  const packages = Object.fromEntries(
    Object.entries({ ...lock.packages, ...missing }).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  writeFileSync(path, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  process.stdout.write(`${names.length} entries added to package-lock.json\n`);
}
