// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// A token as most are, with permits and what they are signed for; anyone can have some.
contract Gold is ERC20Permit {
    constructor() ERC20("Gold", "GOLD") ERC20Permit("Gold") {}

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function make(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
