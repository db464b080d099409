// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

/// A wallet that is a contract, as small as one can be: it holds to be its own what its owner's key signed (EIP-1271).
contract OneOwnerWallet {
    bytes4 private constant VALID = 0x1626ba7e;
    address private immutable owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        // As some wallets do, rather than to answer no.
        require(signature.length == 65, "65 bytes");
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        uint8 v = uint8(signature[64]);
        return ecrecover(hash, v, r, s) == owner ? VALID : bytes4(0xffffffff);
    }
}
