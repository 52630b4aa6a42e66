// Ordinary servers on machines of the lab, and files to move: what people use a mesh for.
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Host } from "./lab.ts";

const fileServer = fileURLToPath(new URL("programs/file-server.ts", import.meta.url));
const CHUNK_BYTES = 1 << 20;

export interface SampleFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A file of random bytes; one random megabyte is varied, which is quick and does not compress. */
export function makeSampleFile(path: string, megabytes: number): SampleFile {
  const hash = createHash("sha256");
  const chunk = randomBytes(CHUNK_BYTES);
  const file = openSync(path, "w");
  for (let number = 0; number < megabytes; number++) {
    chunk.writeUInt32BE(number, 0);
    hash.update(chunk);
    writeSync(file, chunk);
  }
  closeSync(file);
  return { path, bytes: megabytes * CHUNK_BYTES, sha256: hash.digest("hex") };
}

export async function serveFile(host: Host, file: SampleFile, port: number): Promise<void> {
  const server = host.spawn([process.execPath, fileServer, file.path, "::", String(port)]);
  await server.waitForLine(/^serving$/);
}

export interface SshAccess {
  /** For ssh and scp: key and options; the host name is up to the caller. */
  readonly options: readonly string[];
}

/** An SSH server with a key of its own, on port 22. */
export async function startSshServer(host: Host): Promise<SshAccess> {
  const folder = join(host.directory, "ssh");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // sshd insists on its folder for privilege separation, whatever its configuration says.
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  for (const name of ["host", "user"]) {
    await host.output(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(folder, name)]);
  }
  writeFileSync(join(folder, "authorized"), readFileSync(join(folder, "user.pub")), { mode: 0o600 });
  const configuration = {
    HostKey: join(folder, "host"),
    AuthorizedKeysFile: join(folder, "authorized"),
    PidFile: "none",
    UsePAM: "no",
    StrictModes: "no",
    PermitRootLogin: "prohibit-password",
    PasswordAuthentication: "no",
    Subsystem: "sftp internal-sftp",
    LogLevel: "ERROR",
  };
  const lines = Object.entries(configuration).map(([key, value]) => `${key} ${value}`);
  writeFileSync(join(folder, "sshd_config"), `${lines.join("\n")}\n`);
  const log = join(host.directory, "sshd.log");
  host.spawn(["/usr/sbin/sshd", "-D", "-E", log, "-f", join(folder, "sshd_config")]);
  await host.output(["sh", "-c", "until ss -Htln sport = :22 | grep -q .; do sleep 0.02; done"], { timeoutMs: 10_000 });
  return {
    options: [
      ...["-i", join(folder, "user"), "-F", "none"],
      ...["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"],
      ...["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"],
    ],
  };
}

/** The resolver that every host's resolv.conf names: knows "*.example". */
export async function startResolver(internet: Host): Promise<void> {
  const program = fileURLToPath(new URL("programs/dns-server.ts", import.meta.url));
  await internet.spawn([process.execPath, program]).waitForLine(/^serving$/);
}
