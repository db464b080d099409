// Compiles contracts/*.sol into contracts/*.json: `npm ci && node compile.mjs` in this directory.
// The bytecode is committed with the hash of its source, so that the tests need no compiler.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import solc from "solc";

const folder = new URL("contracts/", import.meta.url);
for (const file of readdirSync(folder).filter((name) => name.endsWith(".sol"))) {
  const content = readFileSync(new URL(file, folder), "utf8");
  const name = file.replace(/\.sol$/, "");
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: "Solidity",
        sources: { [file]: { content } },
        settings: {
          evmVersion: "shanghai",
          metadata: { bytecodeHash: "none" },
          optimizer: { enabled: true },
          outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
        },
      }),
    ),
  );
  const wrong = (output.errors ?? []).filter((each) => each.severity === "error");
  if (wrong.length) throw new Error(wrong.map((each) => each.formattedMessage).join("\n"));
  const compiled = {
    source_sha256: createHash("sha256").update(content).digest("hex"),
    compiler: solc.version(),
    bytecode: output.contracts[file][name].evm.bytecode.object,
  };
  writeFileSync(new URL(`${name}.json`, folder), JSON.stringify(compiled, null, 2) + "\n");
}
