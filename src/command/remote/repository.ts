import type { Invocation } from "../../cli/invocation.ts";
import { openRepository, repositoryHost } from "../../context.ts";
import { fail } from "../../error.ts";
import { containedStorage } from "../../storage/contained.ts";
import { serveStorage } from "../../storage/serve_storage.ts";
import type { Served } from "../../wire/serve.ts";
import { verifyMethod } from "./verify.ts";
import { serveRepositoryHost } from "./repository_host.ts";

/** Serves the repository that the options of this host name, and nothing outside its folder. */
export function serveRepository(invocation: Invocation, ended: AbortSignal): Served {
  const { options } = invocation.configuration;
  const key = options.selected("repo")[0]!;
  if (options.get("repo-cipher-type", key) !== "none") {
    fail("featureNotSupported", "an encrypted repository cannot be used from another host yet");
  }
  const folder = containedStorage(options.need("repo-path", key), ended);
  const storage = serveStorage("repo", folder, { ended, allow: () => {} });
  const host = serveRepositoryHost((stanza) => repositoryHost(invocation, key, stanza));
  return {
    methods: {
      ...storage.methods,
      ...host.methods,
      verify: verifyMethod(() => ({ ...openRepository(invocation, key), storage: folder }), ended),
    },
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}
