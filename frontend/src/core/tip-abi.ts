/** The part of TipJar's ABI, and of tokens', that the page uses. A test compares it with the contract's own. */

const TIP = {
  name: "about",
  type: "tuple",
  components: [
    { name: "artist", type: "address" },
    { name: "channel", type: "uint64" },
    { name: "broadcast", type: "uint64" },
    { name: "message", type: "string" },
  ],
} as const;

export const TIP_JAR = [
  { type: "function", name: "tip", stateMutability: "payable", inputs: [TIP], outputs: [] },
  {
    type: "function",
    name: "tipToken",
    stateMutability: "nonpayable",
    inputs: [TIP, { name: "token", type: "address" }, { name: "amount", type: "uint256" }],
    outputs: [],
  },
  {
    type: "function",
    name: "tipTokenWithPermit",
    stateMutability: "nonpayable",
    inputs: [
      TIP,
      { name: "token", type: "address" },
      { name: "amount", type: "uint256" },
      { name: "deadline", type: "uint256" },
      { name: "v", type: "uint8" },
      { name: "r", type: "bytes32" },
      { name: "s", type: "bytes32" },
    ],
    outputs: [],
  },
  { type: "error", name: "EnforcedPause", inputs: [] },
  { type: "error", name: "MessageTooLong", inputs: [] },
  { type: "error", name: "NobodyThere", inputs: [] },
  { type: "error", name: "NothingSent", inputs: [] },
  { type: "error", name: "SafeERC20FailedOperation", inputs: [{ name: "token", type: "address" }] },
] as const;

const OWNER = { name: "owner", type: "address" } as const;
const SPENDER = { name: "spender", type: "address" } as const;
const NUMBER = [{ name: "", type: "uint256" }] as const;
const TEXT = [{ name: "", type: "string" }] as const;

/** ERC-20, EIP-2612, and the errors of ERC-6093. */
export const TOKEN = [
  { type: "function", name: "balanceOf", stateMutability: "view", inputs: [OWNER], outputs: NUMBER },
  { type: "function", name: "allowance", stateMutability: "view", inputs: [OWNER, SPENDER], outputs: NUMBER },
  { type: "function", name: "approve", stateMutability: "nonpayable", inputs: [SPENDER, { name: "value", type: "uint256" }], outputs: [{ name: "", type: "bool" }] },
  { type: "function", name: "name", stateMutability: "view", inputs: [], outputs: TEXT },
  { type: "function", name: "version", stateMutability: "view", inputs: [], outputs: TEXT },
  { type: "function", name: "nonces", stateMutability: "view", inputs: [OWNER], outputs: NUMBER },
  { type: "function", name: "DOMAIN_SEPARATOR", stateMutability: "view", inputs: [], outputs: [{ name: "", type: "bytes32" }] },
  {
    type: "error",
    name: "ERC20InsufficientBalance",
    inputs: [
      { name: "sender", type: "address" },
      { name: "balance", type: "uint256" },
      { name: "needed", type: "uint256" },
    ],
  },
  {
    type: "error",
    name: "ERC20InsufficientAllowance",
    inputs: [
      { name: "spender", type: "address" },
      { name: "allowance", type: "uint256" },
      { name: "needed", type: "uint256" },
    ],
  },
] as const;
