import { assert, assertEquals } from "@std/assert";
import type { Chunk } from "../../src/stream/chunk.ts";
import type { PageReport, StageServices } from "../../src/stream/stage.ts";
import { randomNumbers } from "../rig/dice.ts";
import { concat, cutRandomly, noise } from "./samples.ts";
import { equal } from "./decoder_table.ts";
import { seal, validPage, validPages } from "./pages.ts";
import { runBytes, runStream } from "./run.ts";

/** pg_class_oid_index of a PostgreSQL 15 cluster with checksums: four pages, compressed by gzip. */
const RELATION =
  "H4sIAAAAAAACA+2cD5BVVR3Hz+6+hf33di8s7C4g7F2DEPmzd91F/q14Ff8glb7IP0CATxRQS71YmWXmtcwSBF6h0B+M20zT1DDJayJNJ+UlNTaTU88ZYqg0l4r+UOGdbNJmqun7fco7X17NVDNN2cz5zXzm8XnnnnPvPed3zn2757HGGJOsHKyb9agxS03am/ZmfLxl1g00mgxeG0CdvJ4a6YG/f8+FCxcuXLhw4cKFCxcuXLhw4cKFCxcuXLhw4cKFCxcuXLhw8d+Mptdee/atqNuy15hvZPLZk/v/I3t8UwYlUAQJKIAYRCAPciAEAfCBBwxIP+ubEVAGJVAECSiAGEQgD3IgBAHwgQcMSB9CfVAGJVAECSiAGEQgD3IgBAHw+d5WtIFXA9LdaAOUQQkUQQIKIAYRyIMcCEEAfOABA9LPoD4ogxIoggQUQAwikAc5EIIA+MADBqSfRn1QBiVQBAkogBhEIA9yIAQB8IEHDEg/hfqgDEqgCBJQADGIQB7kQAgC4AMPGJB+EvVBGZRAESSgAGIQgTzIgRAEwAceMCDdhfqgDEqgCBJQADGIQB7kQAgC4AMPGJDuRH1QBiVQBAkogBhEIA9yIAQB8IEHDEgfRH1QBiVQBAkogBhEIA9yIAQB8IEHDEgfQH1QBiVQBAkogBhEIA9yIAQB8IEHDEh3oD4ogxIoggQUQAwikAc5EIIA+MADBqSfQH1QBiVQBAkogBhEIA9yIAQB8IEHDEg/jvqgDEqgCBJQADGIQB7kQAgC4AMPGJAWUB+UQQkUQQIKIAYRyIMcCEEAfOABA9LtqA/KoASKIAEFEIMI5EEOhCAAPvCAAek21AdlUAJFkIACiEEE8iAHQhAAH3jAgBRzeQSUQQkUQQIKIAYRyG313SLuwsW/Fa1mlPHM3Bbnzp07d/6f9RbTDN/c/6+Wt+DnMM/cK94Iv1s8A79TvAF+u/ho+LvEeb6bqz7K9MNvFJ8J3yD+Rvg6qV8PXyteB18lx0+DXyl+Ony5eC/8UvHT4Eur3mzeAF8izvrnivfBF4r77D9xtj8gPgU+W3wyfIY4zz9VfBK8V3wifKL4BPh48R64J94NbxXvgo8SHw+vEx8H//Mc653wl8XHwn8vPgZ+QhxnN8er3ljp/2Pi7M8Rcdbf2GOd9TdUvd6cAV8vPh1+XY89H/PpWqnP/rpanP21Vo7PwtdIe7PgV4gz3y4XZ7754ryfXmmf43+s2zrH9+fizIefiTMffirO8T8qzvEfEef4viDO8f1Jt72fdviPxNvgR8Q74IerPtrMhR+S9jifbxVnf26S+pxPkZQznzZ32v5g/VWeddZfWfWGSv0VUj4bfpU47/dKcY7fFeJcT5aLcz15q3gLPCfODLxMnPl+qTjz/S1Vr6vcz5vFefyb5Hj27zJx5s8l4syvpeIcr4vFz4RfJD4DfqE4168LxNlfS+R6mC+hOPPrXHHmz2Jx9uc50h7zb1ic7S0SZz4tFGd/LBDnejBfnOvBPHGuB2eLcz7PFed8HhJnPg7K9XK+nSXO/hqQ43m/gTjvt198Kvz5DutcX57rsPnH9h6qeqaynjzabp3rySPt9reM7J/9Us75HYtz/Z8gzv7tEed60S3O9aJLnNc7XpzXO07Oz/HrFOd8GCvO/hgjzv7w2u398/o6xHn97e12/nJ9yLbb+c351SblzO9mKeeK3CTO+fZK1h7P+fKyOOfXH8WZL4eztj7n5w+y9v55Pd8Tb4XvE+f5Hs7a+2V+fVnK+fnhfnFe7xY5nvN3s5yfx8dZmx9s/66szT+ORyTO/rxFjufz4gYp5/huFOf4bsjazxO8n/XSH/Qlcj1cz86X62X5XDkf14shcc6XQWmP869b2uN63CXlvN/H26yzfx5rs+fj/X5dytlfq8WZH/1t9v44o+dIOedzts32P+dbszivv0nOx/kyus3eD/tvf6st5/V/tdXmL69/lzivf2erbZ/596DUpz8gxzO/esXZv1Na7f1wfkwQr8xnca4P3eKc313izPfx4lwvx4nzedcpzvwZK875PUaczxNPnM+TDnGu1+2ttv+Yn99usc7r/5Y46x8UZ/2nWmx/cTy/KeXs34I4x397i+1v+jZx5u9Wcba3RZzn2yzO58t90j7X449JOde/j4qzf+4V5/PxI1Kf/XuPOK/nw+K8ng+J8/x3izNfYnGe7y5xjscH5fycH3eKc738gBzP/LhDnOvB+8U5394nzvl7uzjz6b3izKfb5Hy8nveIc3zfLV75+Uqc6++t4jzfJnGeLxLn+W4R53p7szif5zeJc/6/U66X5e8QZ/mN4uy/G8TZf9eL8/mwUZzrwQY5H8vXi7P8Ojm+8vOAONePdeJcD64R53qQF+d6cLU4Pw+sFefzd404n7+rxZm/bxfn+rFK5hvvd7jF/oaT47NIynl9C8WZ7wvE2cPzxTme88R5/0Mt9vP+OXxeiC/m5y05nuMzIM7xD8R5ff1Sf5jrv5RzvGdL+SL4LCln/88U5/pypjgzaoY4n8dnSP8x/zplvDkea5rt8ZwPq5vt+sjnTZ841xdfjuf49jTb5xfvd3+TfX4yH4pN9vy8/y1N9v4GuJ412va4/t4nzvl0ImOd69/vMvZ8PP63GdveQvhvxBfAfyk+nz8fZmy+MB9eyNj+YD4+K858LMv5uT48Kc717wm5Hvb3cIN1zq9FDbY/uH4ulHKef1q9PR+fZ1PrbTnzc5+xzvoPG3s81+tN4vw8E1XdY/v+9n57v/XV+341Vuw5MLwD139Pfdj1/7z/7/b+/9Hef5/JA6/yHYC+yn5/gte48l2Avsr3AHT/3+C9ZFdfZV8/xWuh8j2Avsp3AMp4Ldbs/4d4b2Rn36t7+Pg39/t9vJrKdwH6Kt8D+Gf7/y5cuHDhwoULFy5cuHDhwoULFy5cuHj9Bvfn5oQnra6yX7JMnPsVl4hzf2KpOH+/fbE4fx9+QWjb5372+eLc/wvFuf+3WJz7AQPifadcn6ns584T5/7HkPiUmvLJNeWn1bQ/qaZ97p90i3O/YKY49y9miHP/YLo4908nio+vaY/7K74496smi4+pKfdqyjtq2m+vaZ/7aUac+2fjxLmfM1ac+x2eOPc7GsSbatpjfjSLMz9GiTfWlGdqyhtq2q8/pf1sZTxfGrLO8TohzvH5tTj7/5g4+/eoOPv3OXH23xFx9s8hcfbH98V5v98V5/08Lc7rPyjO/D8wZHs/5PdNxLlf+DVx7m8Vxbn/tVd8EP4F8Xnwz4kH8N3i/D7jLvGz4DvEuT+1TZz7eZvF5/D7BOLcj4rFuX94hzjn523izMdN4syHm8S53lwvzvl/rTjn9zpx5sM14pzfa8WZH2vEOZ9XizNfVoozX1aIc75eJc75erk48+dt4pyfy4d0dnnmMnHOv2XizKeLxJlP54kzn4bFmT/zhuxsrexPi3P854gzX2aIc390qvjZXE/EmR+TxDneXeLMtzHizK+sOPOhSZz92yDO/cy/Dlrn95/+JM79/z+Ic7xfFOf4HBdnPh0T5/NkRJzPix+LM18OizM/nhXnev6MOMf/aXHOh6cGdbX0zBPiHN/HxDm++8U5vnvFmf9BYFdPzsdZgS3n+E8X5/p4ujjXl8nizI+ewK7enD+d4uyPdnHOz2Zx9nejOPurTpzz6y/y/wf4/HxFnP35kjjn24vizIfj4uzvX4jz+XlUnOP9vDjH44finI+H+m3/8flUFmd/PyPO/v6OOPvzoDj770lpn8+Lx8U5/o+Ic/5/Rbzyfcv+U56e5kvifL58Xpz5m4gzf3aLcwXZJc6M2yHOM5zc/9e/13/ea6/8+/9fnMbPRUeqf///V3vwjNvjuw+3Lly4cOHChQsXLly4cOHChQsXLly4cOHChQsXLly4cOHCxf806mv+3z93/pt8Nf6Jgb8BHM5kXwCAAAA=";

const relation = async (): Promise<Chunk> =>
  (await runBytes([{ stage: "decompress", type: "gz" }], Uint8Array.fromBase64(RELATION))).bytes;

interface Check {
  pageSize?: number;
  segment?: number;
  headerCheck?: boolean;
  reread?: StageServices["reread"];
  chunks?: Chunk[];
}

async function check(file: Chunk, options: Check = {}): Promise<PageReport> {
  const pageSize = options.pageSize ?? 8192;
  const spec = {
    stage: "pageChecksum",
    pageSize,
    segment: options.segment ?? 0,
    segmentPages: 2 ** 30 / pageSize,
    headerCheck: options.headerCheck ?? true,
  } as const;
  const services = options.reread === undefined ? {} : { reread: options.reread };
  const { bytes, results } = await runStream([spec], options.chunks ?? [file], services);
  assert(equal(bytes, file), "the pages have to pass unchanged");
  return results[0]!.value as PageReport;
}

const GOOD: PageReport = { valid: true, aligned: true, bad: [] };

Deno.test("pages of a real relation are valid at their place", async () => {
  assertEquals(await check(await relation()), GOOD);
});

Deno.test("pages of a real relation are bad in another segment, and numbered relation-wide", async () => {
  const report = await check(await relation(), { segment: 1 });
  assertEquals(report, { valid: false, aligned: true, bad: [131072, 131073, 131074, 131075] });
});

Deno.test("one bit is enough for a page to be bad", async () => {
  const file = await relation();
  const next = randomNumbers(1);
  for (let i = 0; i < 50; i++) {
    const at = Math.floor(next() * file.length);
    file[at]! ^= 1;
    assertEquals(await check(file), { valid: false, aligned: true, bad: [Math.floor(at / 8192)] });
    file[at]! ^= 1;
  }
});

for (const kib of [1, 2, 4, 8, 16, 32]) {
  Deno.test(`pages of ${kib} KiB agree with the definition, whatever the chunks`, async () => {
    const pageSize = kib * 1024;
    const pages = 20 + 400 / kib;
    const file = validPages(pageSize, pages, 2 * (2 ** 30 / pageSize));
    assertEquals(await check(file, { pageSize, segment: 2 }), GOOD);
    const next = randomNumbers(kib);
    const bad = [...new Set(Array.from({ length: 20 }, () => Math.floor(next() * pages)))].sort((a, b) => a - b);
    for (const page of bad) file[page * pageSize + 20 + Math.floor(next() * 1000)]! ^= 4;
    const want = { valid: false, aligned: true, bad: bad.map((page) => 2 * (2 ** 30 / pageSize) + page) };
    for (const max of [100, 10_000, 100_000]) {
      const chunks = cutRandomly(file, { seed: max, max });
      assertEquals(await check(file, { pageSize, segment: 2, chunks }), want);
    }
  });
}

Deno.test("a chunk of more than 1 MiB is checked to its end", async () => {
  const file = validPages(32768, 67);
  assertEquals(await check(file, { pageSize: 32768 }), GOOD);
  file[66 * 32768 + 100]! ^= 1;
  assertEquals((await check(file, { pageSize: 32768 })).bad, [66]);
});

Deno.test("an empty file is valid", async () => {
  assertEquals(await check(new Uint8Array(0)), GOOD);
});

/** One page in many states: what the check says with and without looking at the header. */
const PAGES: { name: string; page: () => Chunk; withHeader: boolean; without: boolean }[] = [
  { name: "all zero", page: () => new Uint8Array(8192), withHeader: true, without: true },
  {
    name: "pd_upper 0 and one other byte",
    page: () => new Uint8Array(8192).fill(1, 8191),
    withHeader: false,
    without: false,
  },
  {
    name: "pd_upper 0 with the right checksum",
    page: () => seal(noise(8192, 5).fill(0, 14, 16), 0),
    withHeader: false,
    without: true,
  },
  {
    name: "checksum 0, pd_upper not",
    page: () => validPage(8192, 0).fill(0, 8, 10),
    withHeader: false,
    without: false,
  },
  { name: "right", page: () => validPage(8192, 0), withHeader: true, without: true },
  { name: "of another block", page: () => validPage(8192, 1), withHeader: false, without: false },
];

for (const { name, page, withHeader, without } of PAGES) {
  Deno.test(`a page that is ${name}: ${withHeader} with header check, ${without} without`, async () => {
    assertEquals((await check(page())).valid, withHeader);
    assertEquals((await check(page(), { headerCheck: false })).valid, without);
  });
}

for (const rest of [1, 511, 512, 8191]) {
  Deno.test(`a file with ${rest} bytes behind its last page is invalid and not aligned`, async () => {
    const file = concat(validPages(8192, 3), new Uint8Array(rest));
    assertEquals(await check(file), { valid: false, aligned: false, bad: [] });
    file[8192 + 100]! ^= 1;
    assertEquals(await check(file), { valid: false, aligned: false, bad: [1] });
  });
}

Deno.test("a bad page whose bytes have changed meanwhile counts as valid", async () => {
  const torn = validPages(8192, 5);
  torn[2 * 8192 + 4000]! ^= 1;
  torn[3 * 8192 + 4000]! ^= 1;
  const now = torn.slice();
  now[2 * 8192 + 8191]! ^= 1;
  const asked: [number, number][] = [];
  const reread = (offset: number, length: number) => {
    asked.push([offset, length]);
    return now.slice(offset, offset + length);
  };
  assertEquals(await check(torn, { reread }), { valid: false, aligned: true, bad: [3] });
  assertEquals(asked, [[2 * 8192, 2 * 8192]]);
  const later = (offset: number, length: number) => Promise.resolve(reread(offset, length));
  assertEquals(await check(torn, { reread: later, chunks: cutRandomly(torn, { seed: 1, max: 9000 }) }), {
    valid: false,
    aligned: true,
    bad: [3],
  });
});

Deno.test("a bad page that is no longer there counts as valid", async () => {
  const file = validPages(8192, 2);
  file[8192 + 4000]! ^= 1;
  const reread = (offset: number, length: number) => file.slice(offset, offset + length - 1);
  assertEquals(await check(file, { reread }), GOOD);
});

Deno.test("many bad pages are read again in few and bounded pieces", async () => {
  const file = noise(100 * 8192, 9);
  const asked: number[] = [];
  const reread = (offset: number, length: number) => {
    asked.push(length);
    return file.slice(offset, offset + length);
  };
  const report = await check(file, { reread });
  assertEquals(report.bad, Array.from({ length: 100 }, (_, i) => i));
  assertEquals(asked, [32 * 8192, 32 * 8192, 32 * 8192, 4 * 8192]);
});

Deno.test("an error of the second reading ends the pipeline", async () => {
  const file = noise(8192, 10);
  let message = "";
  try {
    await check(file, { reread: () => Promise.reject(new Error("unable to read")) });
  } catch (error) {
    message = (error as Error).message;
  }
  assertEquals(message, "unable to read");
});
