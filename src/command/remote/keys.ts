import { BackRestError, fail } from "../../error.ts";
import { keyLinesStage } from "../../repository/info/key_lines.ts";
import { smallHash, streamHash, type TextHash } from "../../repository/info/text_hash.ts";
import { keyHandle, readKeyHandle } from "../../repository/key_handle.ts";
import { fullOf, isLabel } from "../../repository/label.ts";
import { loadArchiveInfo, loadBackupInfo, type Repository } from "../../repository/repository.ts";
import type { ServeRules, StagedAccess } from "../../storage/serve_rules.ts";
import type { HostStages } from "../../storage/staged.ts";
import type { KeyRef, Stage, StageServices, StageSpec } from "../../stream/stage.ts";
import { journalStage } from "../backup/journal.ts";
import { passphraseOfSet } from "../repo/cipher.ts";
import { newPassphrase } from "../stanza/passphrase.ts";
import { formOf, type StoredForm } from "./stored_form.ts";

/**
 * The passphrases of a repository of this host, for somebody who uses it from another one and must not see them. Info
 * files and manifests are given out with texts in the place of passphrases, and come back with these texts.
 */
export class KeyKeeper {
  readonly #repositoryOf: (stanza: string) => Repository;
  readonly #known = new Map<string, string>();

  constructor(repositoryOf: (stanza: string) => Repository) {
    this.#repositoryOf = repositoryOf;
  }

  /** What the rules of a served storage say about keys. */
  readonly rule: NonNullable<ServeRules["keys"]> = async (access) => {
    const form = formOf(access.path);
    const levels = access.specs.flatMap((spec) => "key" in spec ? [spec.key.level] : []);
    if (levels.length === 0) return { specs: access.specs };
    if (levels.length > 1 || !form.levels.includes(levels[0]!)) refuse(access);
    if (form.kind === "data") return { specs: access.specs, services: this.#services(form) };
    if (access.isRange) refuse(access);
    return await this.#withoutKeys(access, form);
  };

  /** The passphrase that a text stands for. Errors 26, 29, 55, 95 from the file that holds it. */
  async reveal(text: string, stanza: string): Promise<string> {
    const ref = readKeyHandle(text) ?? fail("access", "a passphrase is not taken from another host");
    return await this.#text(ref, stanza);
  }

  #services({ stanza }: StoredForm): StageServices {
    return { key: async (ref) => new TextEncoder().encode(await this.#text(ref, stanza)) };
  }

  /** Files that hold passphrases, and the journal, whose parts are encrypted each for itself. */
  async #withoutKeys(
    access: StagedAccess,
    form: StoredForm,
  ): Promise<{ specs: readonly StageSpec[] } & Partial<HostStages>> {
    const { specs, action } = access;
    if (form.kind === "journal") {
      const [spec] = specs;
      if (specs.length !== 1 || spec?.stage !== "encrypt" && spec?.stage !== "decrypt") refuse(access);
      return { specs: [], first: journalStage(await this.#text(spec.key, form.stanza), spec.stage) };
    }
    const services = this.#services(form);
    if (action === "write") return { specs, services, first: await this.#lines(form, "reveal") };
    // Only the whole file, and nothing but plain: a history is compressed, its keys could not be found.
    if (specs.length !== 1 || form.kind === "history") refuse(access);
    return { specs, services, last: await this.#lines(form, "hide") };
  }

  async #lines(form: StoredForm, way: "hide" | "reveal"): Promise<Stage> {
    const whole = form.kind === "archiveInfo" || form.kind === "backupInfo";
    const hashes: TextHash[] = whole ? [smallHash(), smallHash()] : [await streamHash(), await streamHash()];
    return keyLinesStage({
      file: form.path,
      whole,
      hash: () => hashes.pop()!,
      replace: (text) => way === "hide" ? this.#hide(text, form) : this.#putBack(text, form),
    });
  }

  #hide(passphrase: string, { kind, stanza, label }: StoredForm): string {
    const ref: KeyRef = kind === "archiveInfo"
      ? { level: "archive" }
      : kind === "backupInfo"
      ? { level: "backupInfo" }
      : { level: "set", label: fullOf(label!) };
    this.#known.set(idOf(ref, stanza), passphrase);
    return keyHandle(ref);
  }

  /** The passphrase for a file that is written; a new one where there is none yet and this is the file it begins with. */
  async #putBack(text: string, form: StoredForm): Promise<string> {
    const ref = readKeyHandle(text) ?? fail("access", "a passphrase is not taken from another host");
    try {
      return await this.#text(ref, form.stanza);
    } catch (error) {
      if (!(error instanceof BackRestError) || error.kind !== "fileMissing" || !begins(ref, form)) throw error;
      const passphrase = newPassphrase();
      this.#known.set(idOf(ref, form.stanza), passphrase);
      return passphrase;
    }
  }

  async #text(ref: KeyRef, stanza: string): Promise<string> {
    const id = idOf(ref, stanza);
    const known = this.#known.get(id) ?? await this.#load(ref, this.#repositoryOf(stanza));
    if (known === undefined) fail("crypto", `there is no passphrase of level '${ref.level}' for stanza '${stanza}'`);
    this.#known.set(id, known);
    return known;
  }

  async #load({ level, label }: KeyRef, repository: Repository): Promise<string | undefined> {
    switch (level) {
      case "repository":
        return repository.passphrase;
      case "archive":
        return (await loadArchiveInfo(repository)).value.cipherPass;
      case "backupInfo":
        return (await loadBackupInfo(repository)).value.cipherPass;
      case "set":
        return await passphraseOfSet(repository, checkedLabel(label));
    }
  }
}

function idOf({ level, label = "" }: KeyRef, stanza: string): string {
  return `${stanza}/${level}/${label}`;
}

function checkedLabel(label: string | undefined): string {
  return label !== undefined && isLabel(label) ? label : fail("protocol", `'${label}' is no label of a set`);
}

/** Whether a key comes into being with this file. */
function begins({ level, label }: KeyRef, form: StoredForm): boolean {
  if (level === "archive") return form.kind === "archiveInfo";
  if (level === "backupInfo") return form.kind === "backupInfo";
  return level === "set" && form.kind === "manifest" && form.label === label;
}

function refuse({ path, action }: StagedAccess): never {
  fail("access", `'${path}' cannot be ${action === "read" ? "decrypted" : "encrypted"} like this for another host`, {
    hint: "run the command on the host of the repository: passphrases do not leave it.",
  });
}
