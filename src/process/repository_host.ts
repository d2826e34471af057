import { fail } from "../error.ts";
import { backupFolder } from "../repository/layout.ts";
import { type Room, roomAt } from "../storage/room.ts";
import type { Caller } from "../wire/call.ts";
import { type LockHolder, lockNames, type LockType, probeLock } from "./lock.ts";
import { claimSet, type SetLocks, shareSets } from "./set_lock.ts";

/** What a run asks of the host that has a repository, besides its bytes. */
export interface RepositoryHost {
  /** Keeps backups from being removed until disposed. Error 50 when one is just being removed. */
  shareSets(labels: readonly string[]): Promise<AsyncDisposable>;
  /** The right to remove a backup until disposed; undefined while somebody restores it. */
  claimSet(label: string): Promise<AsyncDisposable | undefined>;
  /** Who holds a lock of the stanza there; undefined when nobody does. */
  lookAtLock(type: LockType): Promise<LockHolder | undefined>;
  /** What is left where the backups of the stanza lie. */
  room(): Promise<Room>;
  settings(): Promise<RepositorySettings>;
  /** The passphrase of the files of a set, by the label of its full backup; only another host has to be asked for it. */
  setPassphrase(label: string): Promise<string>;
}

/** What the options of the host of a repository say about it; never a secret. */
export interface RepositorySettings {
  /** Its root. */
  path: string;
  cipherType: "none" | "aes-256-cbc";
}

/** Where things are on the host of a repository. */
export interface RepositoryPlaces extends SetLocks {
  /** Key of the repository. */
  key: number;
  settings: RepositorySettings;
}

/** This host as that of a repository. */
export function thisRepositoryHost(places: RepositoryPlaces): RepositoryHost {
  const { folder, stanza, key, settings } = places;
  return {
    shareSets: (labels) => Promise.try(() => later(shareSets(places, labels))),
    claimSet: (label) =>
      Promise.try(() => {
        const claim = claimSet(places, label);
        return claim && later(claim);
      }),
    lookAtLock: (type) => Promise.try(() => heldLock(folder, lockNames(stanza, [type], [key]))),
    room: () => roomAt(`${settings.path}/${backupFolder(stanza)}`),
    settings: () => Promise.resolve(settings),
    setPassphrase: () => Promise.try(() => fail("assert", "this host has the passphrases in its files")),
  };
}

/** Who holds the first of the locks that is held, the one with the key of a repository before the one without. */
export function heldLock(folder: string, names: readonly string[]): LockHolder | undefined {
  for (const name of names.toReversed()) {
    const holder = probeLock(`${folder}/${name}`);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

function later(lock: Disposable): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => Promise.try(() => lock[Symbol.dispose]()) };
}

/** Another host as that of a repository, as one stanza sees it. */
export function otherRepositoryHost(connect: () => Promise<Caller>, stanza: string): RepositoryHost {
  const ask = async <T>(method: string, params: object = {}): Promise<T> =>
    (await (await connect()).call(method, { stanza, ...params })).result as T;
  const held = (handle: number): AsyncDisposable => ({
    async [Symbol.asyncDispose]() {
      // A lost connection has let go by itself.
      await ask("sets.release", { handle }).catch(() => {});
    },
  });
  return {
    shareSets: async (labels) => held(await ask("sets.share", { labels })),
    async claimSet(label) {
      const handle = await ask<number | null>("sets.claim", { label });
      return handle === null ? undefined : held(handle);
    },
    lookAtLock: async (type) => await ask<LockHolder | null>("lock", { type }) ?? undefined,
    room: () => ask("room"),
    settings: () => ask("settings"),
    setPassphrase: (label) => ask("sets.passphrase", { label }),
  };
}
