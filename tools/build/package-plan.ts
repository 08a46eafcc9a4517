// What the two published packages are made of. Plain data: versions come from the root package.json, the rest from here.

/** A way to load a package's code: `import` or `require()`. */
export type ModuleSystem = 'esm' | 'cjs';

/** One published package. */
export interface PackagePlan {
  readonly name: string;
  readonly description: string;
  /** The Markdown file that becomes its README. */
  readonly readme: string;
  /** What may be imported, `.` or `./part`, and the source file behind it. Empty: nothing. */
  readonly exports: Readonly<Record<string, string>>;
  /** Source files that nothing imports, since they are started as processes. */
  readonly scripts: readonly string[];
  readonly moduleSystems: readonly ModuleSystem[];
  /** Commands by name, files of the package. */
  readonly bin: Readonly<Record<string, string>>;
  /** Files that are copied beside the compiled ones: those below these folders that are no TypeScript. */
  readonly assetFolders: readonly string[];
  /** Files below `assetFolders` that only this repository needs. */
  readonly withoutAssets: readonly string[];
  /** Folders of which nothing is copied. */
  readonly withoutFolders: readonly string[];
  /** `exact` for a program, `compatible` (`^`) for a library, whose user may have the same package. */
  readonly versions: 'exact' | 'compatible';
  /** Packages that the code imports and that only some users need; npm installs none of them by itself. */
  readonly optionalPeers: Readonly<Record<string, string>>;
  /** Packages that the code imports and that whoever runs it has: nothing is declared for them. */
  readonly provided: readonly string[];
  /** Packages that no import of the code names. */
  readonly alsoNeeds: readonly string[];
  /** Packages that the code does not import and whose versions it names: the Node that runs it, what a new app gets. */
  readonly knownVersions: readonly string[];
  readonly engines: string;
  readonly keywords: readonly string[];
}

const keywords = ['kafka', 'lambda', 'aws', 'msk', 'event-source-mapping', 'consumer'];

/** The runtime, the constructs, Protobuf and the test kit. */
export const runtimePackage: PackagePlan = {
  name: 'tailrace',
  description: 'Kafka consumers on AWS Lambda whose memory is a contract.',
  readme: 'docs/start/runtime-package.md',
  exports: {
    '.': 'lib/index.ts',
    './cdk': 'infra/index.ts',
    './protobuf': 'lib/format/protobuf.ts',
    './protobuf-descriptor': 'lib/format/protobuf/schema/descriptor.ts',
    './testing': 'lib/testing/index.ts',
  },
  scripts: [],
  moduleSystems: ['esm', 'cjs'],
  bin: { tailrace: 'tools/delegate/delegate.mjs' },
  assetFolders: ['tools/delegate'],
  withoutAssets: [],
  withoutFolders: [],
  versions: 'compatible',
  optionalPeers: {
    // What `cdk init` of the pinned CDK writes into a new app.
    'aws-cdk-lib': '^2.275.0',
    constructs: '^10.5.0',
    esbuild: '>=0.25.0',
    protobufjs: 'root',
  },
  provided: ['@aws-sdk/client-glue', '@aws-sdk/client-s3'],
  // Powertools' declarations name it, and bring it only for themselves.
  alsoNeeds: ['@types/aws-lambda'],
  knownVersions: [],
  engines: '>=22.15',
  keywords: [...keywords, 'aws-cdk', 'cdk-construct'],
};

/** The command line: everything in `tools/` that a person runs in a project of their own. */
export const commandLinePackage: PackagePlan = {
  name: 'tailrace-cli',
  description: 'Runs, feeds, measures and inspects Kafka consumers of AWS Lambda on this machine.',
  readme: 'docs/start/command-line-package.md',
  exports: {},
  scripts: [
    'tools/cli.ts',
    'tools/broker/embedded-process.ts',
    'tools/broker/apache/supervisor.ts',
    'tools/aws/local/endpoints-process.ts',
  ],
  moduleSystems: ['esm'],
  bin: { tailrace: 'tools/setup/launch.mjs' },
  assetFolders: ['tools'],
  withoutAssets: ['complete-lock.mjs', 'install.mjs', 'payload-tap.mjs', 'start.mjs'],
  // The page is built from them.
  withoutFolders: ['tools/console/page'],
  versions: 'exact',
  optionalPeers: {},
  provided: [],
  alsoNeeds: ['dynalite', 'fauxqs'],
  knownVersions: ['node', '@types/node', 'aws-cdk', 'aws-cdk-lib', 'constructs', 'esbuild', 'typescript'],
  engines: '>=20.19',
  keywords: [...keywords, 'cli'],
};
