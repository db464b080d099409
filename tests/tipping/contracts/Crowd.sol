// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface IJar {
    struct Tip {
        address artist;
        uint64 channel;
        uint64 broadcast;
        string message;
    }

    function tip(Tip calldata about) external payable;
}

/// Sends many tips in one transaction, of one unit each.
contract Crowd {
    IJar private immutable jar;

    constructor(IJar jar_) {
        jar = jar_;
    }

    function many(address artist, uint256 count) external payable {
        for (uint256 i; i < count; ++i) {
            jar.tip{value: 1}(IJar.Tip(artist, 1, 0, "bravo"));
        }
    }
}
