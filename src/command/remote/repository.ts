import type { Invocation } from "../../cli/invocation.ts";
import { openRepository, repositoryHost } from "../../context.ts";
import { containedStorage } from "../../storage/contained.ts";
import type { StagedAccess } from "../../storage/serve_rules.ts";
import { serveStorage } from "../../storage/serve_storage.ts";
import type { StageSpec } from "../../stream/stage.ts";
import type { Method, Served } from "../../wire/serve.ts";
import { keyHandle } from "../../repository/key_handle.ts";
import type { KeyKeeper } from "./keys.ts";
import { limitedMethods, limitedRules, type Limits } from "./limits.ts";
import { serveRepositoryHost } from "./repository_host.ts";
import { verifyMethod } from "./verify.ts";

/** Serves the repository that the options of this host name, and nothing outside its folder. */
export function serveRepository(invocation: Invocation, limits: Limits, ended: AbortSignal): Served {
  const { command, options } = invocation.configuration;
  const key = options.selected("repo")[0]!;
  const folder = containedStorage(options.need("repo-path", key), ended);
  let keeper: KeyKeeper | undefined;
  // Loaded where a stage needs a key: a push should not wait for it.
  const keys = async () => {
    const { KeyKeeper } = await import("./keys.ts");
    return keeper ??= new KeyKeeper((stanza) => openRepository(invocation, key, stanza));
  };
  const isPlain = options.get("repo-cipher-type", key) === "none";
  const rule = async (access: StagedAccess) =>
    isPlain ? { specs: access.specs.filter(needsNoKey) } : await (await keys()).rule(access);
  const rules = { ended, keys: rule, ...limitedRules(limits, command) };
  const storage = serveStorage("repo", folder, rules);
  const host = serveRepositoryHost((stanza) => repositoryHost(invocation, key, stanza));
  const verify = verifyMethod(() => ({
    repository: { ...openRepository(invocation, key), storage: folder },
    reveal: async (text, stanza) => await (await keys()).reveal(text, stanza),
    ended,
  }));
  const setPassphrase: Method = async (params) => {
    const { stanza, label } = params as { stanza: string; label: string };
    return await (await keys()).reveal(keyHandle({ level: "set", label }), stanza);
  };
  const methods = { ...storage.methods, ...host.methods, verify, "sets.passphrase": setPassphrase };
  return {
    methods: limitedMethods(limits, command, methods),
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** In a repository that is not encrypted, keys of info files are asked for by those who do not know it. */
function needsNoKey(spec: StageSpec): boolean {
  return !("key" in spec) || spec.key.level !== "repository";
}
