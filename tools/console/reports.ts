// Reports that `soak` and `tune` have left in the project, for the page to open. Only files that a listing has found are ever read.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportFile } from './record-wire.ts';

const places = [
  { kind: 'soak', file: 'floor.svg', type: 'image/svg+xml' },
  { kind: 'tune', file: 'tune.html', type: 'text/html; charset=utf-8' },
] as const;

/** The reports of a project, newest first. */
export async function listReports(project: string): Promise<readonly ReportFile[]> {
  const found = await Promise.all(
    places.map(async ({ kind, file }) => {
      const names = await readdir(join(project, '.cache', kind)).catch(() => []);
      return await Promise.all(names.map(async (name) => await toReport(project, { kind, name, file })));
    }),
  );
  return found
    .flat()
    .flatMap((report) => report ?? [])
    .toSorted((a, b) => b.writtenAt - a.writtenAt);
}

async function toReport(
  project: string,
  { kind, name, file }: { readonly kind: ReportFile['kind']; readonly name: string; readonly file: string },
): Promise<ReportFile | undefined> {
  try {
    const { mtimeMs, size } = await stat(join(project, '.cache', kind, name, file));
    return { id: `${kind}/${name}`, name, kind, writtenAt: mtimeMs, bytes: size };
  } catch {
    // A folder of something else.
    return undefined;
  }
}

/** A report's document; undefined for one that is not listed. */
export async function readReport(
  project: string,
  id: string,
): Promise<{ readonly type: string; readonly body: Buffer } | undefined> {
  const known = (await listReports(project)).find((report) => report.id === id);
  const place = places.find(({ kind }) => kind === known?.kind);
  if (known === undefined || place === undefined) return undefined;
  return {
    type: place.type,
    body: await readFile(join(project, '.cache', known.kind, known.name, place.file)),
  };
}
