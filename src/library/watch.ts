import { watch } from 'node:fs';
import { sentence } from '../errors.ts';
import type { Library } from './library.ts';

interface WatchLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

/** Saves come in bursts: the maps are read when it has been quiet for so long. */
const QUIET_MS = 100;

/** Reads the maps again when a file among them changes; maps with an error leave those in use. Gives what ends the watch. */
export function watchMaps(folder: string, library: Library, log: WatchLog): () => void {
  let timer: NodeJS.Timeout | undefined;
  async function reload(): Promise<void> {
    const before = library.maps.version;
    const read = await library.reload();
    if (!read.ok)
      log.warn(
        { faults: read.issues.slice(0, 5).map((found) => `${found.place}: ${sentence(found)}`) },
        'maps with errors were not taken into use',
      );
    else if (library.maps.version !== before) log.info({ maps: library.maps.version }, 'the maps were read again');
  }
  const watcher = watch(folder, { recursive: true, persistent: false }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void reload().catch(() => {}), QUIET_MS);
  });
  watcher.on('error', () => log.warn({}, 'the folder of maps cannot be watched; restart the hub after changes'));
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
