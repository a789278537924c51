"""Evidence: what an outside auditor needs to check, with this file and a public key alone, what the site did.

`export.py` gathers it, `container.py` is the form of the file, `check.py` judges one without the factory. The form is
written down in docs/evidence.md, precisely enough to check a file without this code.
"""

from __future__ import annotations

from usina.sovereignty.evidence.check import Checked, check_evidence
from usina.sovereignty.evidence.container import Wrong
from usina.sovereignty.evidence.export import Exported, export_evidence

__all__ = ["Checked", "Exported", "Wrong", "check_evidence", "export_evidence"]
