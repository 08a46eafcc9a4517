// `tailrace dashboard`: the dashboard that the app would have, as a picture with invented data. What is drawn is the body in
// the synthesized template, so that its layout can be looked at before anything is deployed.

import { writeFileSync } from 'node:fs';
import type { Command } from '../command.ts';
import { drawPage } from './page.ts';
import { pickSection, readDashboards } from './widget.ts';

/** The command's data. */
export const dashboardCommand: Command = {
  name: 'dashboard',
  summary: "draws the app's dashboard as an SVG picture, with invented data",
  about: [
    'Reads the dashboard from the synthesized templates (npm run synth) and draws every widget at its place. The data are\n' +
      'invented: eight hours in which something downstream fails for half an hour.',
  ],
  options: {
    'cdk-out': { kind: 'text', valueName: 'FOLDER', summary: 'the assembly', byDefault: 'cdk.out' },
    consumer: {
      kind: 'text',
      valueName: 'NAME',
      summary: 'draws only the section of this consumer',
      byDefault: 'all',
    },
    out: { kind: 'text', valueName: 'FILE', summary: 'the picture', byDefault: 'standard output' },
  },
  examples: [
    ['npm run tailrace -- dashboard --out dashboard.svg', 'the whole page'],
    ['npm run tailrace -- dashboard --consumer archive --out archive.svg', 'one section of it'],
  ],
  run(values, { stdout }) {
    const text = (name: string): string | undefined => values[name] as string | undefined;
    const [widgets = []] = readDashboards(text('cdk-out') ?? 'cdk.out');
    const consumer = text('consumer');
    const picture = drawPage(
      consumer === undefined ? widgets : pickSection(widgets, consumer),
      ringing(widgets),
    );
    const file = text('out');
    if (file === undefined) stdout.write(picture);
    else writeFileSync(file, picture);
    return Promise.resolve(0);
  },
};

/** The alarm that the invented story leaves behind: dead letters that nobody has worked on, of the first consumer. */
function ringing(widgets: ReturnType<typeof readDashboards>[number]): readonly string[] {
  const alarms = widgets.flatMap((each) => (each.type === 'alarm' ? each.alarms : []));
  return alarms.filter((name) => name.endsWith('-deadLetters')).slice(0, 1);
}
