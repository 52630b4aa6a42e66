// Hears of changes of one file: written in place, which shows at the file itself (it may be mounted there from elsewhere), or replaced,
// which shows in its folder. Nothing is looked at meanwhile, since an idle daemon is to stay asleep.
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Who writes a file does so in steps; looked at when they are over. */
const SETTLE_MS = 200;
/** In case something was missed; where the system cannot watch, that is all there is. */
const LOOK_EVERY_MS = { watching: 60_000, blind: 5_000 } as const;

export interface FileWatch {
  close(): void;
}

export function watchFile(path: string, look: () => void): FileWatch {
  let ofFile: FSWatcher | undefined;
  let settling: NodeJS.Timeout | undefined;
  const changed = (): void => {
    settling ??= setTimeout(() => {
      settling = undefined;
      // Another file may have the name now.
      ofFile?.close();
      ofFile = tryToWatch(path, changed);
      look();
    }, SETTLE_MS);
  };
  const ofFolder = tryToWatch(dirname(path), (name) => {
    if (name === null || name === basename(path)) changed();
  });
  ofFile = tryToWatch(path, changed);
  const timer = setInterval(look, LOOK_EVERY_MS[ofFolder === undefined ? "blind" : "watching"]);
  return {
    close() {
      clearInterval(timer);
      clearTimeout(settling);
      ofFile?.close();
      ofFolder?.close();
    },
  };
}

function tryToWatch(path: string, onEvent: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, (_, name) => {
      onEvent(name);
    });
    watcher.on("error", () => {
      watcher.close();
    });
    return watcher;
  } catch {
    // No such file at present, or too many watches on this host.
    return undefined;
  }
}
