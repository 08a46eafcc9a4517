// What a folder or file is that was taken for an assembly of the CDK, and what to do with it instead. Told by the files that each
// tool leaves, never by running it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseTemplate } from './template-text.ts';

/** What something is, with the next step for it. */
export interface AppKind {
  /** As in `got a SAM build`. */
  readonly what: string;
  readonly remedy: string;
}

/** Tells what `path` is, which holds no readable assembly. */
export function describeApp(path: string): AppKind {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry === undefined)
    return {
      what: 'nothing',
      remedy: "run npx cdk synth in the app's folder, and give the cdk.out that it writes",
    };
  if (!entry.isDirectory()) return describeFile(path);
  for (const describe of kinds) {
    const kind = describe(path);
    if (kind !== undefined) return kind;
  }
  return {
    what: 'a folder of something else',
    remedy:
      'give the cdk.out that npx cdk synth writes, or a CloudFormation or SAM template by --template FILE',
  };
}

type Describe = (folder: string) => AppKind | undefined;

const serverlessTemplate = 'cloudformation-template-update-stack.json';
const templateNames = ['template.yaml', 'template.yml', 'template.json'];

// The most telling first: a project may hold the files of several tools.
const kinds: readonly Describe[] = [
  (folder) =>
    has(folder, 'cdk.out/manifest.json')
      ? { what: 'the folder of a CDK app', remedy: `give its assembly: --cdk-out ${join(folder, 'cdk.out')}` }
      : undefined,
  (folder) =>
    has(folder, 'cdktf.json') || (has(folder, 'stacks') && has(folder, 'manifest.json'))
      ? toForeign('the CDK for Terraform')
      : undefined,
  (folder) =>
    has(folder, 'cdk.json')
      ? {
          what: 'a CDK app that is not synthesized',
          remedy: `run npx cdk synth there, and give --cdk-out ${join(folder, 'cdk.out')}`,
        }
      : undefined,
  describeSam,
  describeServerless,
  (folder) =>
    has(folder, '.terraform', 'terraform.tfstate', '.terraform.lock.hcl') || holds(folder, /\.tf(?:\.json)?$/)
      ? toForeign('Terraform')
      : undefined,
  (folder) => (has(folder, 'Pulumi.yaml', 'Pulumi.yml') ? toForeign('Pulumi') : undefined),
  (folder) => (has(folder, 'sst.config.ts', '.sst') ? toForeign('SST') : undefined),
  (folder) => {
    const name = readdirSync(folder).find((each) => isTemplate(join(folder, each)));
    return name === undefined ? undefined : toTemplateKind(join(folder, name));
  },
];

function describeSam(folder: string): AppKind | undefined {
  for (const build of [folder, join(folder, 'build'), join(folder, '.aws-sam', 'build')]) {
    const isBuild =
      basename(build) === 'build' && (has(build, '../build.toml') || /[/\\]\.aws-sam[/\\]/.test(build));
    const template = isBuild ? findTemplate(build) : undefined;
    if (template !== undefined)
      return { what: 'a SAM build', remedy: `give its template: --template ${template}` };
  }
  const template = findTemplate(folder);
  const isSam =
    has(folder, 'samconfig.toml', 'samconfig.yaml') || (template !== undefined && isSamTemplate(template));
  if (!isSam) return undefined;
  const built = join(folder, '.aws-sam', 'build', 'template.yaml');
  return { what: 'a SAM app that is not built', remedy: `run sam build there, and give --template ${built}` };
}

function describeServerless(folder: string): AppKind | undefined {
  for (const packaged of [folder, join(folder, '.serverless')]) {
    if (has(packaged, serverlessTemplate))
      return {
        what: 'a package of the Serverless Framework',
        remedy: `give its template: --template ${join(packaged, serverlessTemplate)}`,
      };
  }
  if (!has(folder, 'serverless.yml', 'serverless.yaml', 'serverless.ts', 'serverless.js', 'serverless.json'))
    return basename(folder) === '.serverless'
      ? {
          what: 'a folder of the Serverless Framework without a package',
          remedy: 'run npx serverless package in its folder',
        }
      : undefined;
  const template = join(folder, '.serverless', serverlessTemplate);
  return {
    what: 'an app of the Serverless Framework that is not packaged',
    remedy: `run npx serverless package there, and give --template ${template}`,
  };
}

function describeFile(file: string): AppKind {
  if (basename(file) === 'manifest.json') return { what: 'a file', remedy: 'give the folder that it is in' };
  if (isTemplate(file)) return toTemplateKind(file);
  if (/\.tf(?:\.json)?$|\.tfstate$/.test(file) || /"terraform_version"/.test(readHead(file)))
    return toForeign('Terraform');
  return {
    what: 'a file',
    remedy:
      'give the cdk.out folder that npx cdk synth writes, or a CloudFormation or SAM template by --template FILE',
  };
}

function toTemplateKind(file: string): AppKind {
  const kind = isSamTemplate(file) ? 'a SAM template' : 'a CloudFormation template';
  return { what: `${kind}, no assembly`, remedy: `give it so: --template ${file}` };
}

function toForeign(tool: string): AppKind {
  return {
    what: `an app of ${tool}`,
    remedy:
      'which is not read; describe its functions and mappings in a CloudFormation template, and give that by --template FILE',
  };
}

function findTemplate(folder: string): string | undefined {
  return templateNames.map((name) => join(folder, name)).find((file) => existsSync(file));
}

function isTemplate(file: string): boolean {
  if (!/\.(?:json|ya?ml|template)$/.test(file) || statSync(file).isDirectory()) return false;
  return readResources(file) !== undefined;
}

function isSamTemplate(file: string): boolean {
  const types = Object.values(readResources(file) ?? {}).map(
    (each) => (each as { Type?: unknown } | null)?.Type,
  );
  return types.some((type) => typeof type === 'string' && type.startsWith('AWS::Serverless::'));
}

function readResources(file: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const { Resources } = parseTemplate(readFileSync(file, 'utf8')) as { readonly Resources?: object };
    return Resources as Readonly<Record<string, unknown>> | undefined;
  } catch {
    // Some other file: that is an answer here.
    return undefined;
  }
}

function readHead(file: string): string {
  return readFileSync(file, 'utf8').slice(0, 1000);
}

function has(folder: string, ...names: readonly string[]): boolean {
  return names.some((name) => existsSync(join(folder, name)));
}

function holds(folder: string, pattern: RegExp): boolean {
  return readdirSync(folder).some((name) => pattern.test(name));
}
