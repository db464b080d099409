// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token as wallets meet them: six decimals, permits (EIP-2612) with their domain told; anyone can have some.
contract Gold is ERC20 {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    bytes32 public immutable DOMAIN_SEPARATOR;
    mapping(address => uint256) public nonces;

    constructor() ERC20("Gold", "GOLD") {
        bytes32 domain = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        DOMAIN_SEPARATOR =
            keccak256(abi.encode(domain, keccak256("Gold"), keccak256("1"), block.chainid, address(this)));
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function make(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        require(block.timestamp <= deadline, "late");
        bytes32 permission = keccak256(abi.encode(PERMIT, owner, spender, value, nonces[owner]++, deadline));
        address signer = ecrecover(keccak256(abi.encodePacked("\x19\x01", DOMAIN_SEPARATOR, permission)), v, r, s);
        require(signer != address(0) && signer == owner, "signature");
        _approve(owner, spender, value);
    }
}
