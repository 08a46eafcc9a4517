// What the help says, and that it fits a terminal.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../tools/command.ts';
import { toCommandHelp, toProgramHelp } from '../../tools/command-help.ts';
import { commands } from '../../tools/commands.ts';
import { exitCodeTable } from '../../tools/exit-code.ts';

const plain: Command = {
  name: 'measure',
  summary: 'measures',
  about: [],
  options: { logs: { kind: 'text', valueName: 'FORM', summary: 'shows logs', isValueOptional: true } },
  examples: [],
  exitCodes: { 1: 'too much' },
  run: () => Promise.resolve(0),
};

for (const command of commands) {
  test(`no line of the help of ${command.name} is longer than 80 characters`, () => {
    for (const line of toCommandHelp(command).split('\n')) assert.ok(line.length <= 80, line);
  });
}

test('no line of the help of the program is longer than 80 characters', () => {
  for (const line of toProgramHelp(commands).split('\n')) assert.ok(line.length <= 80, line);
});

test('shows the argument in the help of a command that takes one, and only there', () => {
  const argument = { name: 'consumer', summary: 'the name of a consumer' };
  assert.match(
    toCommandHelp({ ...plain, argument }),
    /Usage: tailrace measure <consumer> \[options\][^]*<consumer> {2}the name of a consumer/,
  );
  assert.doesNotMatch(toCommandHelp(plain), /</);
});

test('shows a value that may be missing in brackets', () => {
  assert.match(toCommandHelp(plain), /--logs\[=FORM\] +shows logs/);
});

test('shows one table of exit codes, in which a command may say more', () => {
  for (const [code, meaning] of exitCodeTable) {
    assert.ok(toProgramHelp(commands).includes(`  ${String(code).padEnd(3)}  ${meaning}`), meaning);
    assert.equal(toCommandHelp(plain).includes(meaning), code !== 1);
  }
  assert.match(toCommandHelp(plain), / {2}1 +too much/);
});
