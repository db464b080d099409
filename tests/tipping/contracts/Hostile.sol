// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

interface IJar {
    struct Tip {
        address artist;
        uint64 channel;
        uint64 broadcast;
        string message;
    }

    function tip(Tip calldata about) external payable;
    function fetch(address token, address to) external;
    function owed(address payee, address token) external view returns (uint256);
    function tipToken(Tip calldata about, address token, uint256 amount) external;
}

/// Tokens as they should be, with permits (EIP-2612); anyone can have some.
contract Coin is ERC20 {
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    mapping(address => uint256) public nonces;

    constructor() ERC20("Coin", "COIN") {}

    function make(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        require(block.timestamp <= deadline, "late");
        bytes32 domain =
            keccak256(abi.encode(DOMAIN, keccak256("Coin"), keccak256("1"), block.chainid, address(this)));
        bytes32 permission = keccak256(abi.encode(PERMIT, owner, spender, value, nonces[owner]++, deadline));
        address signer = ecrecover(keccak256(abi.encodePacked("\x19\x01", domain, permission)), v, r, s);
        require(signer != address(0) && signer == owner, "signature");
        _approve(owner, spender, value);
    }
}

/// Keeps a hundredth of each transfer.
contract Taxed is ERC20 {
    constructor() ERC20("Taxed", "TAX") {}

    function make(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0) && to != address(0)) {
            super._update(from, address(this), value / 100);
            value -= value / 100;
        }
        super._update(from, to, value);
    }
}

/// Returns nothing from its transfers, as some old tokens do.
contract Silent {
    mapping(address => uint256) public balanceOf;

    function make(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// Takes what it is owed, and asks again while it is being paid.
contract Greedy {
    IJar private immutable jar;
    uint256 public attempts;
    uint256 public successes;

    constructor(IJar jar_) {
        jar = jar_;
    }

    function take() external {
        jar.fetch(address(0), address(this));
    }

    receive() external payable {
        attempts++;
        try jar.fetch(address(0), address(this)) {
            successes++;
        } catch {}
        try jar.tip{value: msg.value}(IJar.Tip(address(this), 1, 0, "again")) {
            successes++;
        } catch {}
    }
}

/// Takes no money at all.
contract Refusing {
    function take(IJar jar, address to) external {
        jar.fetch(address(0), to);
    }
}

/// A token that tips and fetches from within its own transfers.
contract Meddling is ERC20 {
    IJar private immutable jar;
    uint256 public attempts;
    uint256 public successes;

    constructor(IJar jar_) ERC20("Meddling", "MED") {
        jar = jar_;
    }

    function make(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0)) return;
        attempts++;
        try jar.tipToken(IJar.Tip(address(this), 1, 0, ""), address(this), 0) {
            successes++;
        } catch {}
        try jar.fetch(address(this), address(this)) {
            successes++;
        } catch {}
        try jar.fetch(address(0), address(this)) {
            successes++;
        } catch {}
    }
}
