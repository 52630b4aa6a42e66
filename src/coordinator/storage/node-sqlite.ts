// Kysely's SQLite dialect expects the interface of better-sqlite3; this adapts Node's own `node:sqlite` to it, so that no
// binary has to be downloaded or compiled at installation.
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { SqliteDialect, type SqliteDatabase } from "kysely";

/** `onWrite` hears of every statement that may have changed something. */
export function nodeSqliteDialect(database: DatabaseSync, onWrite: () => void): SqliteDialect {
  return new SqliteDialect({ database: adapt(database, onWrite) });
}

function adapt(database: DatabaseSync, onWrite: () => void): SqliteDatabase {
  return {
    close: () => {
      database.close();
    },
    prepare: (text) => {
      const statement = database.prepare(text);
      return {
        // A statement that yields columns is read with all(); this covers "insert ... returning" too.
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...bind(parameters)),
        run: (parameters) => {
          const result = statement.run(...bind(parameters));
          onWrite();
          return result;
        },
        iterate: (parameters) => statement.iterate(...bind(parameters)),
      };
    },
  };
}

function bind(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (
      value === null ||
      typeof value === "number" ||
      typeof value === "bigint" ||
      typeof value === "string" ||
      value instanceof Uint8Array
    ) {
      return value;
    }
    throw new TypeError(`SQLite cannot bind a value of type ${typeof value}`);
  });
}
