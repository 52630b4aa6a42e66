// meshd admin key: create, list and revoke auth keys.
import { type Command, InvalidArgumentError, Option } from "commander";
import type { CreatedKey, KeyStatus } from "../../local-api/admin-api.ts";
import { booleanOption, examples, parseDuration, parseList } from "../options.ts";
import { renderTable } from "../table.ts";
import { print } from "../print.ts";
import { addAdminOptions, adminClient, type AdminFlags, formatTime } from "./client.ts";

interface CreateFlags extends AdminFlags {
  readonly reusable?: boolean;
  readonly ephemeral?: boolean;
  readonly tags?: readonly string[];
  /** ms; null: never. */
  readonly expires: number | null;
}

const DEFAULT_EXPIRY_MS = 24 * 3_600_000;

export function configureKeys(command: Command): void {
  configureCreate(command.command("create").description("make a key with which machines join"));
  configureList(command.command("list").description("all keys, without their secrets"));
  configureRevoke(command.command("revoke").description("make a key useless; nodes that joined with it stay"));
  examples(command, "meshd admin key create --reusable --expires 7d", "meshd admin key list");
}

function configureCreate(command: Command): void {
  addAdminOptions(command)
    .addOption(booleanOption("reusable", "for any number of machines instead of one"))
    .addOption(booleanOption("ephemeral", "nodes are removed some minutes after they went away"))
    .addOption(new Option("--tags <tags>", "tags of its nodes, as in tag:server,tag:eu").argParser(parseTags))
    .addOption(
      new Option("--expires <duration>", "valid for this long, or never")
        .argParser(parseExpiry)
        .default(DEFAULT_EXPIRY_MS, "24h"),
    );
  examples(
    command,
    "meshd admin key create",
    "meshd admin key create --reusable --ephemeral --tags tag:ci --expires 7d --json",
  );
  command.action(async (flags: CreateFlags) => {
    const { reusable = false, ephemeral = false, tags = [], expires } = flags;
    const request = { reusable, ephemeral, tags, ...(expires !== null && { expiresInMs: expires }) };
    const created = (await adminClient(flags).request("POST", "/v1/keys", request)) as CreatedKey;
    if (flags.json === true || !process.stdout.isTTY) {
      // A pipe gets the bare key, so that it can be assigned to a variable.
      print(flags.json === true ? JSON.stringify(created) : created.key);
      return;
    }
    const machines = reusable ? "any number of machines" : "one machine";
    print(`For ${machines}, until ${formatTime(created.expires)}:\n\n  meshd up --authkey ${created.key}\n`);
    print(`Take it back: meshd admin key revoke ${created.id}`);
  });
}

function configureList(command: Command): void {
  addAdminOptions(command);
  examples(command, "meshd admin key list", "meshd admin key list --json");
  command.action(async (flags: AdminFlags) => {
    const keys = (await adminClient(flags).request("GET", "/v1/keys")) as readonly KeyStatus[];
    if (flags.json === true) {
      print(JSON.stringify(keys));
      return;
    }
    const titles = ["ID", "STATE", "KIND", "USES", "CREATED", "EXPIRES", "TAGS"];
    const rows = keys.map((key) => [
      key.id,
      key.state,
      [key.reusable ? "reusable" : "single-use", ...(key.ephemeral ? ["ephemeral"] : [])].join(" "),
      String(key.uses),
      formatTime(key.created),
      formatTime(key.expires),
      key.tags.join(" "),
    ]);
    const columns = titles.map((title) => ({ title, ...(title === "USES" && { align: "right" as const }) }));
    print(rows.length === 0 ? "no keys yet; make one with meshd admin key create" : renderTable(columns, rows));
  });
}

function configureRevoke(command: Command): void {
  addAdminOptions(command).argument("<id>", "of meshd admin key list");
  examples(command, "meshd admin key revoke 3q2-7wAAAAA");
  command.action(async (id: string, flags: AdminFlags) => {
    const revoked = await adminClient(flags).request("DELETE", `/v1/keys/${encodeURIComponent(id)}`);
    print(flags.json === true ? JSON.stringify(revoked) : `key ${id} is revoked`);
  });
}

/** As the coordinator takes them. */
function parseTags(text: string, previous?: readonly string[]): readonly string[] {
  const tags = parseList(text, previous);
  if (tags.length === 0 || !tags.every((tag) => /^(?:tag:)?[a-z][a-z0-9-]*$/.test(tag))) {
    throw new InvalidArgumentError("expected tags such as tag:server,tag:eu (small letters, digits, hyphens).");
  }
  return tags;
}

function parseExpiry(text: string): number | null {
  if (text === "never") return null;
  const ms = parseDuration(text);
  if (ms <= 0) throw new InvalidArgumentError("expected a time above zero, or never.");
  return ms;
}
