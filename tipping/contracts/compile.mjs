// Compiles Solidity files with the locked compiler and libraries, and writes JSON.
//
//   node compile.mjs                       compiles TipJar.sol and writes TipJar.json, the committed artifact
//   node compile.mjs --print FILE...       compiles these files and prints {contract: {abi, bytecode, runtime}}
//   node compile.mjs --write FILE          compiles this file and writes the same beside it, with the hash of its source
//
// The same source gives the same bytes: no hash of the metadata is appended to the bytecode.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const solc = createRequire(import.meta.url)("solc");

export const SETTINGS = {
  evmVersion: "shanghai",
  optimizer: { enabled: true, runs: 10_000 },
  metadata: { bytecodeHash: "none" },
};

function compile(paths) {
  const sources = Object.fromEntries(paths.map((path) => [basename(path), { content: readFileSync(path, "utf8") }]));
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } };
  const input = { language: "Solidity", sources, settings: { ...SETTINGS, outputSelection } };
  const found = (path) => {
    const file = path.startsWith("@") ? join(here, "node_modules", path) : join(here, path);
    try {
      return { contents: readFileSync(file, "utf8") };
    } catch {
      return { error: `${path} is not installed; run npm ci` };
    }
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: found }));
  const complaints = output.errors ?? [];
  for (const complaint of complaints) console.error(complaint.formattedMessage);
  if (complaints.length > 0) process.exit(1);
  const contracts = {};
  for (const path of paths) {
    for (const [name, contract] of Object.entries(output.contracts[basename(path)])) {
      contracts[name] = {
        abi: contract.abi,
        bytecode: "0x" + contract.evm.bytecode.object,
        runtime: "0x" + contract.evm.deployedBytecode.object,
      };
    }
  }
  return contracts;
}

function hash(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

const [mode, ...files] = process.argv.slice(2);
if (mode === "--print") {
  console.log(JSON.stringify(compile(files)));
} else if (mode === "--write") {
  const [file] = files;
  const bytecode = compile([file])[basename(file, ".sol")].bytecode.slice(2);
  const compiled = { source_sha256: hash(file), compiler: solc.version(), bytecode };
  writeFileSync(file.replace(/\.sol$/, ".json"), JSON.stringify(compiled, null, 2) + "\n");
} else {
  const source = join(here, "TipJar.sol");
  const { abi, bytecode, runtime } = compile([source]).TipJar;
  const artifact = {
    contract: "TipJar",
    source_sha256: hash(source),
    compiler: solc.version(),
    settings: SETTINGS,
    abi,
    bytecode,
    runtime,
  };
  writeFileSync(join(here, "TipJar.json"), JSON.stringify(artifact, null, 1) + "\n");
}
