// meshd admin relay: relays that run by themselves, and those that nodes offer: create, list, remove or refuse, allow.
import { type Command, Option } from "commander";
import type { CreatedRelay, RelayRecord } from "../../local-api/admin-api.ts";
import { examples } from "../options.ts";
import { paintFor, renderTable } from "../table.ts";
import { print } from "../print.ts";
import { addAdminOptions, adminClient, type AdminFlags, formatTime } from "./client.ts";

interface CreateFlags extends AdminFlags {
  readonly name: string;
}

export function configureRelays(command: Command): void {
  configureCreate(command.command("create").description("make the token with which a relay joins"));
  configureList(
    command.command("list").description("all relays but the coordinator's own, those that nodes offer included"),
  );
  configureRemove(
    command
      .command("remove")
      .description(
        "take a relay out of the mesh: its token becomes useless; one that a node offers is refused from now on",
      ),
  );
  configureAllow(command.command("allow").description("take offers of a relay again that was refused"));
  examples(command, "meshd admin relay create --name frankfurt", "meshd admin relay list");
}

function configureCreate(command: Command): void {
  addAdminOptions(command).addOption(
    new Option("--name <name>", "of the relay, as nodes show it").makeOptionMandatory(),
  );
  examples(command, "meshd admin relay create --name frankfurt", "meshd admin relay create --name frankfurt --json");
  command.action(async (flags: CreateFlags) => {
    const created = (await adminClient(flags).request("POST", "/v1/relays", { name: flags.name })) as CreatedRelay;
    if (flags.json === true || !process.stdout.isTTY) {
      // A pipe gets the bare token, so that it can be assigned to a variable.
      print(flags.json === true ? JSON.stringify(created) : created.token);
      return;
    }
    print(`On the machine that is to relay:\n\n  meshd relay --join ${created.token}\n`);
    print(`Take it back: meshd admin relay remove ${created.name}`);
  });
}

function configureList(command: Command): void {
  addAdminOptions(command);
  examples(command, "meshd admin relay list", "meshd admin relay list --json");
  command.action(async (flags: AdminFlags) => {
    const relays = (await adminClient(flags).request("GET", "/v1/relays")) as readonly RelayRecord[];
    if (flags.json === true) {
      print(JSON.stringify(relays));
      return;
    }
    const paint = paintFor(process.stdout);
    const titles = ["NAME", "STATE", "OFFERED BY", "REGION", "ADDRESSES", "LAST SEEN"];
    const rows = relays.map((relay) => [
      relay.name,
      relay.state === "online" ? paint("green", "online") : paint("dim", relay.state),
      relay.offeredBy === undefined ? "" : `node ${relay.offeredBy}`,
      relay.region,
      relay.udpAddresses.join(" "),
      relay.state === "online" ? "now" : formatTime(relay.lastSeen),
    ]);
    const columns = titles.map((title) => ({ title }));
    const none = "no relays but the coordinator's own; meshd admin relay create makes a token for one";
    print(rows.length === 0 ? none : renderTable(columns, rows));
  });
}

function configureRemove(command: Command): void {
  addAdminOptions(command).argument("<name>", "of meshd admin relay list");
  examples(command, "meshd admin relay remove frankfurt");
  command.action(async (name: string, flags: AdminFlags) => {
    const path = `/v1/relays/${encodeURIComponent(name)}`;
    const removed = (await adminClient(flags).request("DELETE", path)) as RelayRecord;
    const { offeredBy, state } = removed;
    const words =
      state === "refused"
        ? `the relay ${name}, which node ${offeredBy ?? ""} offers, is refused; \`meshd admin relay allow ${name}\` takes that back`
        : `the relay ${name} is removed; its token is useless now`;
    print(flags.json === true ? JSON.stringify(removed) : words);
  });
}

function configureAllow(command: Command): void {
  addAdminOptions(command).argument("<name>", "of meshd admin relay list");
  examples(command, "meshd admin relay allow laptop");
  command.action(async (name: string, flags: AdminFlags) => {
    const path = `/v1/relays/${encodeURIComponent(name)}/allow`;
    const allowed = await adminClient(flags).request("POST", path);
    const words = `the relay ${name} is used again once the coordinator reaches it`;
    print(flags.json === true ? JSON.stringify(allowed) : words);
  });
}
