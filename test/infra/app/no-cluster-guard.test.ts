import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { refuseDeployment, toCdkCommand } from '../../../infra/app/no-cluster-guard.ts';

const cdk = '/project/node_modules/.bin/cdk';

test('finds the command of the CDK command line, wherever options stand', () => {
  assert.equal(toCdkCommand(['node', cdk, 'deploy', '--all']), 'deploy');
  assert.equal(toCdkCommand(['node', cdk, '-c', 'ephemeral=true', '--quiet', 'synth']), 'synth');
  assert.equal(toCdkCommand(['node', '/project/node_modules/aws-cdk/bin/cdk', 'watch']), 'watch');
  assert.equal(toCdkCommand(['node', cdk, 'diff', 'deploy']), 'diff');
});

test('finds none in another process', () => {
  for (const args of [
    ['/bin/sh', '-c', 'node infra/app.ts'],
    ['npm exec cdk deploy'],
    ['node', cdk, '--version'],
    [],
  ]) {
    assert.equal(toCdkCommand(args), undefined);
  }
});

test('refuses below a deploying command, and only there', () => {
  const shell = ['/bin/sh', '-c', 'node infra/app.ts'];
  for (const command of ['deploy', 'import', 'publish-assets', 'watch']) {
    const stack = new Stack(new App(), 'Tailrace');
    assert.throws(() => refuseDeployment(stack, [shell, ['node', cdk, command]]), { code: 'NO_CLUSTER' });
  }
  for (const command of ['synth', 'diff', 'destroy', 'ls']) {
    refuseDeployment(new Stack(new App(), 'Tailrace'), [shell, ['node', cdk, command]]);
  }
});
