/**
 * Keccak-256 as Ethereum uses it (the padding of the original submission, not of SHA-3). Without I/O.
 *
 * For short inputs, such as addresses: lanes are BigInt, clear rather than fast. Reference: the Keccak submission, version 3.
 */
const RATE_BYTES = 136;
const MASK = (1n << 64n) - 1n;

/** Round constants and rotation offsets, both from their generators (section 1.2 of the reference). */
const ROUND_CONSTANTS = roundConstants();
const ROTATIONS = rotations();

/** 32 bytes. */
export function keccak256(input: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((input.length + 1) / RATE_BYTES) * RATE_BYTES);
  padded.set(input);
  padded[input.length] = 0x01;
  padded[padded.length - 1]! |= 0x80;
  const state = new Array<bigint>(25).fill(0n);
  const words = new DataView(padded.buffer);
  for (let block = 0; block < padded.length; block += RATE_BYTES) {
    for (let lane = 0; lane < RATE_BYTES / 8; lane++) state[lane]! ^= words.getBigUint64(block + lane * 8, true);
    permute(state);
  }
  const digest = new DataView(new ArrayBuffer(32));
  for (let lane = 0; lane < 4; lane++) digest.setBigUint64(lane * 8, state[lane]!, true);
  return new Uint8Array(digest.buffer);
}

function permute(state: bigint[]): void {
  for (const constant of ROUND_CONSTANTS) {
    // Theta.
    const parity = [0, 1, 2, 3, 4].map((x) => state[x]! ^ state[x + 5]! ^ state[x + 10]! ^ state[x + 15]! ^ state[x + 20]!);
    for (let i = 0; i < 25; i++) state[i]! ^= parity[(i + 4) % 5]! ^ rotate(parity[(i + 1) % 5]!, 1);
    // Rho and pi.
    const moved = new Array<bigint>(25);
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 5; x++) moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(state[x + 5 * y]!, ROTATIONS[x + 5 * y]!);
    }
    // Chi.
    for (let y = 0; y < 25; y += 5) {
      for (let x = 0; x < 5; x++) state[y + x] = moved[y + x]! ^ (~moved[y + ((x + 1) % 5)]! & MASK & moved[y + ((x + 2) % 5)]!);
    }
    // Iota.
    state[0]! ^= constant;
  }
}

function rotate(lane: bigint, by: number): bigint {
  return by === 0 ? lane : ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & MASK;
}

function rotations(): number[] {
  const offsets = new Array<number>(25).fill(0);
  let [x, y] = [1, 0];
  for (let t = 0; t < 24; t++) {
    offsets[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return offsets;
}

function roundConstants(): bigint[] {
  let register = 1;
  return Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let j = 0; j < 7; j++) {
      if (register & 1) constant |= 1n << BigInt((1 << j) - 1);
      register = register & 0x80 ? ((register << 1) ^ 0x171) : register << 1;
    }
    return constant;
  });
}
