"""What was done, provably: an append-only log with a Merkle tree over it and signed heads.

The pipeline uses `Ledger`; `verify_folder` and `prove_record` need nothing but the folder. The format is written down
in docs/security.md, precisely enough to check a ledger without this code.
"""

from __future__ import annotations

from usina.sovereignty.ledger.commit import LedgerLimits
from usina.sovereignty.ledger.ledger import Ledger, LedgerStatus
from usina.sovereignty.ledger.prove import ConsistencyProof, Proof, ProofError, prove_consistency, prove_record
from usina.sovereignty.ledger.records import Intent, Opened, Outcome
from usina.sovereignty.ledger.verify import Verification, verify_folder
from usina.sovereignty.ledger.walk import Finding

__all__ = [
    "ConsistencyProof",
    "Finding",
    "Intent",
    "Ledger",
    "LedgerLimits",
    "LedgerStatus",
    "Opened",
    "Outcome",
    "Proof",
    "ProofError",
    "Verification",
    "prove_consistency",
    "prove_record",
    "verify_folder",
]
