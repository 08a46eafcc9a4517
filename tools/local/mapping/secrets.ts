// The secrets that a mapping names, as Secrets Manager would hold them, from a file of this machine: a template names
// secrets by ARN only, and no local run asks AWS for them.
import { readFile } from 'node:fs/promises';
import { LocalError } from '../error.ts';

/** Fields of one secret, such as `username` and `password`. */
export type Secret = Readonly<Record<string, string>>;

/** Secrets by ARN or by name. */
export type Secrets = Readonly<Record<string, Secret>>;

/**
 * Reads a JSON file of `{ "<ARN or name>": { "username": "...", "password": "..." } }`.
 * @throws {LocalError} `BAD_SECRETS` naming the file, never its content.
 */
export async function readSecrets(path: string): Promise<Secrets> {
  const refuse = (what: string, cause?: unknown): never => {
    throw new LocalError(
      'BAD_SECRETS',
      `cannot read secrets, got ${what} in ${path}, expected JSON of {"<ARN or name>": {"<field>": "<text>"}}`,
      { cause },
    );
  };
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    // A parser's message quotes what it stumbled on.
    return refuse(
      error instanceof SyntaxError ? 'no JSON' : 'no readable file',
      error instanceof SyntaxError ? undefined : error,
    );
  }
  if (!isRecord(content)) return refuse('no object');
  for (const [name, secret] of Object.entries(content)) {
    if (!isRecord(secret) || Object.values(secret).some((field) => typeof field !== 'string'))
      refuse(`a secret that is no object of texts, ${name},`);
  }
  return content as Secrets;
}

/**
 * Finds fields of the secret that `arn` names: by the ARN itself, or by its name, without the six characters that Secrets
 * Manager adds.
 * @throws {LocalError} `BAD_SECRETS` for a secret or field that is not there.
 */
export function findSecret(secrets: Secrets, arn: string, fields: readonly string[]): Secret {
  const name = /:secret:(.+?)(?:-[A-Za-z0-9]{6})?$/.exec(arn)?.[1] ?? arn;
  const secret = [arn, name]
    .map((key) => (Object.hasOwn(secrets, key) ? secrets[key] : undefined))
    .find(Boolean);
  const missing = fields.filter((field) => secret?.[field] === undefined);
  if (secret !== undefined && missing.length === 0) return secret;
  throw new LocalError(
    'BAD_SECRETS',
    `secret ${arn} lacks ${secret === undefined ? 'everything' : missing.join(', ')}, expected ${fields.join(', ')}; ` +
      'add it to the file of secrets, under its ARN or name',
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
