// Apache Kafka on this machine: the Java that runs it, and the archives that Maven fetches once. Its own
// file, since it is all that needs the network and other people's tools, and so all that may be missing.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BrokerError } from '../broker.ts';
import { withLock } from '../../lock-file.ts';
import { fetchedFolder } from '../../setup/user-cache.ts';

/** Apache Kafka, ready to be started without Maven and without a network. */
export interface ApacheInstallation {
  /** Version of Kafka, such as `4.4.0`. */
  readonly version: string;
  /** The `java` program: that of `JAVA_HOME` if set, else the first in `PATH`. */
  readonly java: string;
  /** Java's class path. */
  readonly classPath: string;
}

/** How to install. */
export interface InstallOptions {
  /** Told once if Maven has to fetch something, which takes up to a minute. Default: nobody. */
  readonly onProgress?: (message: string) => void;
  /** Ends a fetch that is under way. */
  readonly signal?: AbortSignal;
  /** Folder of the archives of all versions; default {@link fetchedFolder}. */
  readonly cacheFolder?: string;
  /** Where `java` and `mvn` are looked for; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Least version of Java that a Kafka 4 broker runs on (Kafka 4.0 release notes; KIP-1013). */
const leastJavaVersion: number = 17;

/**
 * Finds Java and Apache Kafka; has Maven fetch Kafka if it is not there yet.
 * @throws {BrokerError} `BROKER_TOOLS_MISSING` naming what lacks, `BROKER_FAILED` when Maven cannot fetch it
 */
export async function installApacheKafka(options: InstallOptions = {}): Promise<ApacheInstallation> {
  const env = options.env ?? process.env;
  const cache = options.cacheFolder ?? fetchedFolder();
  const pomFile = fileURLToPath(new URL('pom.xml', import.meta.url));
  const pom = await readFile(pomFile, 'utf8');
  const version = toVersion(pom);
  const folder = join(cache, `kafka-${version}`);
  const java = env['JAVA_HOME'] ? join(env['JAVA_HOME'], 'bin', 'java') : 'java';
  // The pom is copied last, so it stands for all of it, and a change of it is noticed.
  const isInstalled = (await readIfThere(join(folder, 'pom.xml'))) === pom;
  const missing = await findMissing(java, { env, needsMaven: !isInstalled });
  if (missing.length > 0) {
    throw new BrokerError(
      'BROKER_TOOLS_MISSING',
      `Apache Kafka ${version} cannot be started here, missing ${missing.join(' and ')}; install Java ${leastJavaVersion} or later and Maven (Debian: apt install maven, macOS: brew install maven), or use the embedded broker`,
    );
  }
  if (!isInstalled) {
    await mkdir(cache, { recursive: true });
    await withLock(`${folder}.lock`, options.signal, async () => {
      if ((await readIfThere(join(folder, 'pom.xml'))) === pom) return; // by another process, meanwhile
      options.onProgress?.(`fetching Apache Kafka ${version} with Maven into ${folder} (46 MB, once)`);
      await fetchArchives(pomFile, pom, { folder, env, signal: options.signal });
    });
  }
  return { version, java, classPath: join(folder, 'lib', '*') };
}

function toVersion(pom: string): string {
  const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([\d.]+)<\/version>/.exec(pom)?.[1];
  if (version === undefined) throw new Error('pom.xml of the Apache broker names no version of kafka_2.13');
  return version;
}

async function findMissing(
  java: string,
  { env, needsMaven }: { readonly env: NodeJS.ProcessEnv; readonly needsMaven: boolean },
): Promise<readonly string[]> {
  const [javaSays, mavenSays] = await Promise.all([
    say(java, ['-version'], { env }),
    needsMaven ? say('mvn', ['--version'], { env }) : 'not needed',
  ]);
  const missing: string[] = [];
  const javaVersion = Number(/version "(\d+)/.exec(javaSays ?? '')?.[1] ?? Number.NaN);
  if (javaSays === undefined || Number.isNaN(javaVersion)) missing.push(`Java ${leastJavaVersion} (java)`);
  else if (javaVersion < leastJavaVersion)
    missing.push(`Java ${leastJavaVersion} (java is version ${javaVersion})`);
  if (mavenSays === undefined) missing.push('Maven (mvn)');
  return missing;
}

// Fetched beside its place and moved there in one step: an interrupted fetch leaves nothing that looks whole.
async function fetchArchives(
  pomFile: string,
  pom: string,
  { folder, env, signal }: { folder: string; env: NodeJS.ProcessEnv; signal: AbortSignal | undefined },
): Promise<void> {
  const fresh = `${folder}.${randomUUID()}`;
  try {
    await mkdir(fresh, { recursive: true });
    const copy = [
      `-DoutputDirectory=${join(fresh, 'lib')}`,
      '-DincludeScope=runtime',
      'dependency:copy-dependencies',
    ];
    await say('mvn', ['--batch-mode', '--quiet', '--file', pomFile, ...copy], { env, signal, fails: true });
    await writeFile(join(fresh, 'pom.xml'), pom);
    await rm(folder, { recursive: true, force: true }); // that of another pom
    await rename(fresh, folder);
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new BrokerError(
      'BROKER_FAILED',
      `Maven did not fetch Apache Kafka: ${reason}; check the network and Maven's settings.xml, or use the embedded broker`,
      { cause: error },
    );
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

interface SayOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Whether a failure is thrown, with the last lines that were printed; else it is undefined. */
  readonly fails?: boolean;
}

/** All that a program prints; undefined when it is not there or does not work. */
async function say(
  program: string,
  args: readonly string[],
  { env, signal, fails = false }: SayOptions,
): Promise<string | undefined> {
  return await new Promise((resolve, reject) => {
    execFile(program, args, { env, signal }, (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`;
      if (error === null) resolve(text);
      else if (!fails) resolve(undefined);
      else
        reject(new Error(text.trim().split('\n').slice(0, 3).join(' ') || error.message, { cause: error }));
    });
  });
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
