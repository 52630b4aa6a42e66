// Restores resolv.conf after kill -9: a shell that waits at a pipe which only the daemon holds. When the daemon stops as it should, it
// restores the file itself and says so on the pipe; when the pipe merely ends, the daemon died.
import { spawn } from "node:child_process";
import { thisProcess } from "./process-mark.ts";
import { MISSING_MARK, NO_NEWLINE_MARK, OWNER_MARK, PREVIOUS_MARK } from "./resolv-conf.ts";
import { lockHolder } from "./resolv-conf-lock.ts";

export interface Guard {
  /** The daemon has restored the file: the guard goes without doing anything. */
  dismiss(): void;
}

/**
 * $1 file, $2 owner, $3 lock, $4 what the daemon's lock says. Signals that reach the whole group (Ctrl-C, a service being stopped) are ignored: the end of the pipe is
 * what counts. A lock that the daemon died with is taken over; others' locks are waited for. Marks contain no character that is special to grep or sed.
 */
const SCRIPT = `
trap '' TERM INT HUP QUIT
while read -r word; do [ "$word" = done ] && exit 0; done
file=$1 owner=$2 lock=$3 daemon=$4 self="\${4%:*}:$$" tries=0
until ln -sn "$self" "$lock" 2>/dev/null; do
  [ "$(readlink "$lock")" = "$daemon" ] && rm -f "$lock" && continue
  tries=$((tries + 1))
  [ "$tries" -gt 30 ] && break
  sleep 0.1 2>/dev/null || sleep 1
done
if grep -q "^${OWNER_MARK}$owner " "$file"; then
  if [ "$(grep -c '^${OWNER_MARK}' "$file")" -gt 1 ]; then
    text=$(sed "/^${OWNER_MARK}$owner /d" "$file")
    printf '%s\\n' "$text" > "$file"
  elif grep -qx '${MISSING_MARK}' "$file"; then
    rm -f "$file" 2>/dev/null || : > "$file"
  else
    text=$(sed -n 's/^${PREVIOUS_MARK}//p' "$file"; printf x)
    text=\${text%x}
    if grep -qx '${NO_NEWLINE_MARK}' "$file"; then text=\${text%?}; fi
    printf '%s' "$text" > "$file"
  fi
fi
[ "$(readlink "$lock")" = "$self" ] && rm -f "$lock"
`;

export function startGuard(path: string, ownerId: string, lockPath: string): Guard {
  const child = spawn(
    "/bin/sh",
    ["-c", SCRIPT, "meshd-dns-guard", path, ownerId, lockPath, lockHolder(thisProcess())],
    {
      // A session of its own: Ctrl-C in the daemon's terminal does not reach it.
      detached: true,
      cwd: "/",
      stdio: ["pipe", "ignore", "ignore"],
      env: { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin" },
    },
  );
  // Without a guard the file is still restored on an orderly stop, and by the next start.
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.unref();
  return {
    dismiss: () => {
      child.stdin.end("done\n");
    },
  };
}
