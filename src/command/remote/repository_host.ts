import { fail } from "../../error.ts";
import type { LockType } from "../../process/lock.ts";
import type { RepositoryHost } from "../../process/repository_host.ts";
import { isLabel } from "../../repository/label.ts";
import type { Method, Served } from "../../wire/serve.ts";

/** Serves what another host asks of the host of a repository: what otherRepositoryHost() calls. */
export function serveRepositoryHost(hostOf: (stanza: string) => Promise<RepositoryHost>): Served {
  const held = new Map<number, AsyncDisposable>();
  let next = 1;
  const hold = (lock: AsyncDisposable): number => {
    held.set(next, lock);
    return next++;
  };
  const asked = (act: (host: RepositoryHost, params: Record<string, unknown>) => unknown): Method => async (params) => {
    const given = params as Record<string, unknown>;
    return await act(await hostOf(checkedStanza(given["stanza"])), given);
  };
  return {
    methods: {
      "sets.share": asked(async (host, { labels }) => hold(await host.shareSets(checkedLabels(labels)))),
      "sets.claim": asked(async (host, { label }) => {
        const claim = await host.claimSet(checkedLabel(label));
        return claim === undefined ? null : hold(claim);
      }),
      "sets.release": async (params) => {
        const { handle } = params as { handle: number };
        await held.get(handle)?.[Symbol.asyncDispose]();
        held.delete(handle);
      },
      lock: asked(async (host, { type }) => await host.lookAtLock(checkedType(type)) ?? null),
      room: asked((host) => host.room()),
      settings: asked((host) => host.settings()),
    },
    async [Symbol.asyncDispose]() {
      for (const lock of held.values()) await lock[Symbol.asyncDispose]();
    },
  };
}

/** What becomes part of a file name has to be what it seems. */
function checkedStanza(stanza: unknown): string {
  if (typeof stanza === "string" && !/[/\0]/.test(stanza) && stanza !== "." && stanza !== "..") return stanza;
  fail("protocol", `'${String(stanza)}' is no name of a stanza`);
}

function checkedLabels(labels: unknown): string[] {
  return Array.isArray(labels) ? labels.map(checkedLabel) : fail("protocol", "no list of backup labels");
}

function checkedLabel(label: unknown): string {
  return typeof label === "string" && isLabel(label)
    ? label
    : fail("protocol", `'${String(label)}' is no backup label`);
}

function checkedType(type: unknown): LockType {
  const isType = type === "archive" || type === "backup" || type === "restore";
  return isType ? type : fail("protocol", `'${String(type)}' is no type of lock`);
}
