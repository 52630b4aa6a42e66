-- The coordinator's database, schema 4.
CREATE TABLE "schema_version" ("version" integer primary key, "applied_ms" integer not null);
CREATE TABLE "mesh" ("id" integer default 1 primary key check (id = 1), "root_seed" blob not null, "relay_seed" blob not null, "ipv4_prefix" text not null, "ipv6_prefix" text not null, "epoch" integer not null, "version_reserved" integer not null, "created_ms" integer not null);
CREATE TABLE "nodes" ("node_key" text primary key, "disco_key" blob not null, "disco_signature" blob not null, "hostname" text not null, "address_index" integer not null unique, "tags" text not null, "ephemeral" integer not null, "os" text not null, "software" text not null, "created_ms" integer not null, "last_seen_ms" integer not null, "removed_ms" integer, "wished_name" text);
CREATE UNIQUE INDEX "nodes_hostname" on "nodes" ("hostname") where "removed_ms" is null;
CREATE TABLE "auth_keys" ("key_id" text primary key, "secret_hash" blob not null, "reusable" integer not null, "ephemeral" integer not null, "preapproved" integer not null, "tags" text not null, "created_ms" integer not null, "expires_ms" integer, "uses" integer not null, "used_ms" integer, "revoked_ms" integer);
CREATE TABLE "relays" ("token_id" text primary key, "secret_hash" blob not null, "name" text not null, "relay_key" blob, "region" text not null, "udp_addresses" text not null, "tcp_addresses" text not null, "created_ms" integer not null, "last_seen_ms" integer, "removed_ms" integer);
CREATE UNIQUE INDEX "relays_name" on "relays" ("name") where "removed_ms" is null;
CREATE TABLE "offered_relays" ("node_key" text primary key, "name" text not null unique, "udp_addresses" text not null);
insert into "schema_version" ("version", "applied_ms") values (1, 1000);
insert into "schema_version" ("version", "applied_ms") values (2, 1000);
insert into "schema_version" ("version", "applied_ms") values (3, 1000);
insert into "schema_version" ("version", "applied_ms") values (4, 1000);
insert into "mesh" ("id", "root_seed", "relay_seed", "ipv4_prefix", "ipv6_prefix", "epoch", "version_reserved", "created_ms") values (1, x'0707070707070707070707070707070707070707070707070707070707070707', x'0808080808080808080808080808080808080808080808080808080808080808', '100.64.0.0/10', 'fd7a:1:2::/48', 1, 100000, 1000);
insert into "nodes" ("node_key", "disco_key", "disco_signature", "hostname", "address_index", "tags", "ephemeral", "os", "software", "created_ms", "last_seen_ms", "removed_ms", "wished_name") values ('iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w', x'0202020202020202020202020202020202020202020202020202020202020202', x'04040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404', 'laptop', 1, '["tag:server"]', 0, 'linux', '0.1.0', 1000, 2000, NULL, 'laptop');
insert into "auth_keys" ("key_id", "secret_hash", "reusable", "ephemeral", "preapproved", "tags", "created_ms", "expires_ms", "uses", "used_ms", "revoked_ms") values ('BQUFBQUFBQU', x'0606060606060606060606060606060606060606060606060606060606060606', 1, 0, 1, '[]', 1000, NULL, 3, NULL, NULL);
insert into "relays" ("token_id", "secret_hash", "name", "relay_key", "region", "udp_addresses", "tcp_addresses", "created_ms", "last_seen_ms", "removed_ms") values ('BgYGBgYGBgY', x'0606060606060606060606060606060606060606060606060606060606060606', 'frankfurt', NULL, 'eu', '[]', '[]', 1000, NULL, NULL);
insert into "offered_relays" ("node_key", "name", "udp_addresses") values ('iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w', 'relay-laptop', '["192.0.2.7:443"]');
