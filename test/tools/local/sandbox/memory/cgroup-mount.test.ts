import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listCgroupPlaces } from '../../../../../tools/local/sandbox/memory/cgroup-mount.ts';

const folders = (controller: 'memory' | 'cpu', mounts: string, groups: string): readonly string[] =>
  listCgroupPlaces(controller, { mounts, groups }).map(({ version, folder }) => `${version}:${folder}`);

test("offers the runner's own group of version 1, found by its controller", () => {
  const mounts = `35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
`;
  const groups = '9:name=systemd:/\n4:memory:/jobs/7\n1:cpu,cpuacct:/\n';
  assert.deepEqual(folders('memory', mounts, groups), ['1:/sys/fs/cgroup/memory/jobs/7']);
  assert.deepEqual(folders('cpu', mounts, groups), ['1:/sys/fs/cgroup/cpu,cpuacct']);
});

test('sees the part of version 1 that a container sees', () => {
  const mounts = '35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n';
  assert.deepEqual(folders('memory', mounts, '4:memory:/docker/abc/deep\n'), [
    '1:/sys/fs/cgroup/memory/deep',
  ]);
  assert.deepEqual(folders('memory', mounts, '4:memory:/elsewhere\n'), []);
});

test('offers the groups of version 2 from the own one up', () => {
  const mounts = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
  assert.deepEqual(folders('memory', mounts, '0::/user.slice/run-1.scope\n'), [
    '2:/sys/fs/cgroup/user.slice/run-1.scope',
    '2:/sys/fs/cgroup/user.slice',
    '2:/sys/fs/cgroup',
  ]);
});

test('prefers version 1 where the controller is there, and offers nothing without control groups', () => {
  const mounts = `35 31 0:32 / /cg/memory rw - cgroup cgroup rw,memory
41 31 0:38 / /cg/unified rw - cgroup2 cgroup2 rw
`;
  assert.deepEqual(folders('memory', mounts, '4:memory:/\n0::/\n'), ['1:/cg/memory', '2:/cg/unified']);
  assert.deepEqual(folders('memory', '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n', ''), []);
});
