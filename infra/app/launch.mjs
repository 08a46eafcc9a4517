// The CDK app, as cdk.json starts it. `npx` and npm's scripts put the project's own Node first, which reads TypeScript; where it is
// missing, an older Node of the machine comes here instead, and would only name a file extension.
if (process.features.typescript) {
  await import('../app.ts');
} else {
  process.stderr.write(
    `tailrace: the app is TypeScript, got Node ${process.versions.node}, expected 22.18 or later; the project's own Node is missing, ` +
      'as npm ci --ignore-scripts leaves it: run npm ci --ignore-scripts=false, or npm start, which brings it\n',
  );
  process.exitCode = 1;
}
