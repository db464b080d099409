// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Tips for artists, held for whom they belong to until they are fetched.
/// @notice A tip names an artist's address. It is divided at once between the payees that this artist registered, or
/// goes to the artist alone; each payee's share is written down and fetched by that payee (pull payments), so no payee
/// can hold up a tip or another's share. What a payee is owed, only this payee can move.
/// @dev The owner can pause new tips and take a fee of at most MAX_FEE_BASIS_POINTS from later ones. Nothing of what is
/// owed depends on the owner, and fetching cannot be paused. Coins and tokens sent past the functions below belong to
/// nobody and stay here; plain transfers of the native coin are refused. Tokens whose balances change by themselves
/// (rebasing) do not fit the books.
contract TipJar is Ownable2Step, Pausable, ReentrancyGuard {
    using SafeERC20 for IERC20;

    struct Payee {
        address account;
        uint16 basisPoints;
    }

    /// @dev What a tip is for. `channel` and `broadcast` (0: none) are the platform's numbers; they mean nothing here.
    struct Tip {
        address artist;
        uint64 channel;
        uint64 broadcast;
        string message;
    }

    uint16 public constant BASIS_POINTS = 10_000;
    uint16 public constant MAX_FEE_BASIS_POINTS = 500;
    uint256 public constant MAX_PAYEES = 16;
    uint256 public constant MAX_MESSAGE_BYTES = 500;
    /// @dev Stands for the native coin where a token's address is expected.
    address public constant NATIVE = address(0);

    uint16 public feeBasisPoints;
    address public feeRecipient;

    mapping(address artist => Payee[]) private _splits;
    mapping(address payee => mapping(address token => uint256)) private _owed;

    /// @param amount what arrived, in base units, the fee included
    event Tipped(
        uint64 indexed channel,
        address indexed artist,
        address indexed tipper,
        address token,
        uint256 amount,
        uint256 fee,
        uint64 broadcast,
        string message
    );
    event SplitChanged(address indexed artist, Payee[] payees);
    event Fetched(address indexed payee, address indexed token, address to, uint256 amount);
    event FeeChanged(uint16 basisPoints, address recipient);

    error NothingSent();
    error NothingOwed();
    error NobodyThere();
    error MessageTooLong();
    error SplitInvalid();
    error FeeInvalid();

    constructor(address owner_) Ownable(owner_) {}

    // Tipping

    /// @notice Tips in the native coin.
    function tip(Tip calldata about) external payable whenNotPaused nonReentrant {
        _credit(about, NATIVE, msg.value);
    }

    /// @notice Tips in a token that this contract may already take `amount` of.
    function tipToken(Tip calldata about, IERC20 token, uint256 amount) external whenNotPaused nonReentrant {
        _take(about, token, amount);
    }

    /// @notice Tips in a token with a signed permission (EIP-2612), in one transaction.
    /// @dev A permit can be used by whoever sees it first. Then it fails here, but the allowance is there all the same;
    /// so only the transfer decides.
    function tipTokenWithPermit(
        Tip calldata about,
        IERC20 token,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external whenNotPaused nonReentrant {
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _take(about, token, amount);
    }

    // Splitting

    /// @notice Divides the caller's later tips between these payees; with none, they go to the caller alone.
    /// @dev Shares are rounded down, and the first payee also gets what rounding leaves.
    function setSplit(Payee[] calldata payees) external {
        uint256 count = payees.length;
        if (count > MAX_PAYEES) revert SplitInvalid();
        delete _splits[msg.sender];
        uint256 total;
        for (uint256 i; i < count; ++i) {
            Payee calldata payee = payees[i];
            if (payee.account == address(0) || payee.account == address(this) || payee.basisPoints == 0) {
                revert SplitInvalid();
            }
            total += payee.basisPoints;
            _splits[msg.sender].push(payee);
        }
        if (count != 0 && total != BASIS_POINTS) revert SplitInvalid();
        emit SplitChanged(msg.sender, payees);
    }

    function splitOf(address artist) external view returns (Payee[] memory) {
        return _splits[artist];
    }

    // Fetching

    /// @notice What `payee` can fetch, in base units; `NATIVE` for the native coin.
    function owed(address payee, address token) external view returns (uint256) {
        return _owed[payee][token];
    }

    /// @notice Sends all that the caller is owed in one coin to `to`. Works while tips are paused.
    function fetch(address token, address to) external nonReentrant {
        if (to == address(0) || to == address(this)) revert NobodyThere();
        uint256 amount = _owed[msg.sender][token];
        if (amount == 0) revert NothingOwed();
        _owed[msg.sender][token] = 0;
        emit Fetched(msg.sender, token, to, amount);
        if (token == NATIVE) {
            Address.sendValue(payable(to), amount);
        } else {
            IERC20(token).safeTransfer(to, amount);
        }
    }

    // The owner

    /// @notice Refuses new tips; what is owed can be fetched as before.
    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    /// @notice Sets the platform's part of later tips.
    function setFee(uint16 basisPoints, address recipient) external onlyOwner {
        if (basisPoints > MAX_FEE_BASIS_POINTS) revert FeeInvalid();
        if (basisPoints != 0 && (recipient == address(0) || recipient == address(this))) revert FeeInvalid();
        feeBasisPoints = basisPoints;
        feeRecipient = recipient;
        emit FeeChanged(basisPoints, recipient);
    }

    /// @dev Nobody could unpause afterwards.
    function renounceOwnership() public override onlyOwner {
        if (paused()) _unpause();
        super.renounceOwnership();
    }

    // Within

    /// @dev Some tokens keep a part of each transfer: what counts is what arrived.
    function _take(Tip calldata about, IERC20 token, uint256 amount) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        _credit(about, address(token), token.balanceOf(address(this)) - before);
    }

    function _credit(Tip calldata about, address token, uint256 amount) private {
        if (amount == 0) revert NothingSent();
        if (about.artist == address(0) || about.artist == address(this)) revert NobodyThere();
        if (bytes(about.message).length > MAX_MESSAGE_BYTES) revert MessageTooLong();
        uint256 fee = _share(amount, feeBasisPoints);
        if (fee != 0) _owed[feeRecipient][token] += fee;
        _divide(about.artist, token, amount - fee);
        emit Tipped(about.channel, about.artist, msg.sender, token, amount, fee, about.broadcast, about.message);
    }

    function _divide(address artist, address token, uint256 amount) private {
        Payee[] storage payees = _splits[artist];
        uint256 count = payees.length;
        if (count == 0) {
            _owed[artist][token] += amount;
            return;
        }
        uint256 left = amount;
        for (uint256 i = 1; i < count; ++i) {
            Payee memory payee = payees[i];
            uint256 share = _share(amount, payee.basisPoints);
            left -= share;
            _owed[payee.account][token] += share;
        }
        _owed[payees[0].account][token] += left;
    }

    function _share(uint256 amount, uint16 basisPoints) private pure returns (uint256) {
        return Math.mulDiv(amount, basisPoints, BASIS_POINTS);
    }
}
