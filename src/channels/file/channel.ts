import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { type Issue, issue } from '../../errors.ts';
import type { Attempt, Channel, ChannelWorld, Delivery, SettingsTable } from '../channel.ts';
import { checkSettings, setting } from '../settings.ts';

const SETTINGS = {
  folder: { type: 'text', required: true, min: 1, max: 200, text: 'folder under the hub’s file area' },
  extension: { type: 'text', default: 'dat', min: 1, max: 12, text: 'ending of the file names, without the dot' },
} as const satisfies SettingsTable;

const SAFE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const isBelow = (root: string, path: string) => !/^\.\.(?:$|[/\\])/.test(relative(root, path)) && path !== root;

function check(settings: Delivery['recipient']['settings']): readonly Issue[] {
  const found = checkSettings(SETTINGS, settings);
  if (found.length > 0) return found;
  const folder = String(settings.folder);
  const wrong = (name: string, type: string) => issue('CHANNEL-SETTING', name, { setting: name, type });
  return [
    ...(folder.split(/[/\\]/).every((part) => SAFE_NAME.test(part)) ? [] : [wrong('folder', 'relative folder')]),
    ...(/^[A-Za-z0-9]+$/.test(setting(SETTINGS, settings, 'extension')) ? [] : [wrong('extension', 'file ending')]),
  ];
}

/** Bytes, then the name, each on the disk before the next step: a reader sees the whole file or none, also after a power cut. */
async function writeAtomically(folder: string, name: string, delivery: Delivery): Promise<void> {
  const hidden = join(folder, `.${name}.${delivery.attemptId}.part`);
  try {
    const file = await open(hidden, 'w', 0o640);
    try {
      await file.writeFile(delivery.body);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(hidden, join(folder, name));
  } catch (failure) {
    await rm(hidden, { force: true });
    throw failure;
  }
  const directory = await open(folder);
  await directory.sync().finally(() => directory.close());
}

async function write(delivery: Delivery, fileRoot: string): Promise<Attempt> {
  const { settings } = delivery.recipient;
  await mkdir(fileRoot, { recursive: true, mode: 0o750 });
  const root = await realpath(fileRoot);
  const folder = resolve(root, String(settings.folder).split(/[/\\]/).join(sep));
  await mkdir(folder, { recursive: true, mode: 0o750 });
  // a link inside the area may not lead out of it
  if (!isBelow(root, await realpath(folder))) return { outcome: 'refused', reason: 'CHANNEL-EGRESS' };
  await writeAtomically(folder, `${delivery.id}.${setting<string>(SETTINGS, settings, 'extension')}`, delivery);
  return { outcome: 'delivered' };
}

async function send(delivery: Delivery, { fileRoot }: ChannelWorld, signal?: AbortSignal): Promise<Attempt> {
  const fault = check(delivery.recipient.settings)[0];
  if (fault) return { outcome: 'refused', reason: fault.code };
  if (!SAFE_NAME.test(delivery.id) || !SAFE_NAME.test(delivery.attemptId))
    return { outcome: 'refused', reason: 'CHANNEL-MESSAGE' };
  if (signal?.aborted) return { outcome: 'retry', reason: 'CHANNEL-STOPPED' };
  if (fileRoot === undefined) return { outcome: 'retry', reason: 'CHANNEL-FOLDER' };
  try {
    return await write(delivery, fileRoot);
  } catch {
    // full disk, missing permission, unmounted share: an operator's business, and then it goes through
    return { outcome: 'retry', reason: 'CHANNEL-FOLDER' };
  }
}

/** Files in a folder that the recipient empties; named by the delivery's id, so that a repeat replaces and never doubles. */
export const file: Channel = {
  kind: 'file',
  text: 'Files in a folder, each written whole or not at all',
  settings: SETTINGS,
  check,
  send,
};
