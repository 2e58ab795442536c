import { type FSWatcher, watch } from 'node:fs';

/** A save is often several events; they are waited out this long (milliseconds). */
const SETTLE = 25;

/** Calls `changed` after files below the folders change, one call at a time, until the process is asked to end. */
export async function watchFolders(folders: readonly string[], changed: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(changed);
    }, SETTLE);
  };
  // our own --update writes expected.json; the run it causes finds nothing more to write
  const watchers: FSWatcher[] = folders.map((folder) => watch(folder, { recursive: true }, later));
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  clearTimeout(timer);
  for (const watcher of watchers) watcher.close();
  await running;
}
