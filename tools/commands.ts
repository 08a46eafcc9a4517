// Every command of `tailrace`, in the order in which the help lists them.

import type { Command } from './command.ts';
import { deadLettersCommand } from './dead-letters/command.ts';
import { devCommand } from './dev/command.ts';
import { deployLocalCommand } from './deploy/command.ts';
import { diffCommand } from './diff/command.ts';
import { initCommand } from './init/command.ts';
import { planCommand } from './plan/command.ts';
import { runCommand } from './run/command.ts';
import { sendCommand } from './send/command.ts';
import { soakCommand } from './soak/command.ts';
import { tuneCommand } from './tune/command.ts';

/** All of them. */
export const commands: readonly Command[] = [
  initCommand,
  runCommand,
  devCommand,
  sendCommand,
  planCommand,
  deployLocalCommand,
  diffCommand,
  soakCommand,
  tuneCommand,
  deadLettersCommand,
];
