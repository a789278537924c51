"""The one place from which connections leave the factory.

`destinations.py` says where to, `counts.py` asks the kernel how much, `door.py` lets out and records, `blocking.py` has
clients of botocore go out by it.
"""

from usina.sovereignty.egress.destinations import Destinations
from usina.sovereignty.egress.door import EgressDoor

__all__ = ["Destinations", "EgressDoor"]
