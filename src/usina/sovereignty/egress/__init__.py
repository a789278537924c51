"""The one place from which connections leave the factory.

`destinations.py` says where to, `counts.py` asks the kernel how much, `door.py` lets out and records, `request.py` is a
small HTTP client on top, `proxy.py` lets programs out that bring their own sockets, `report.py` reads the records.
"""

from usina.sovereignty.egress.destinations import Destinations
from usina.sovereignty.egress.door import EgressDoor

__all__ = ["Destinations", "EgressDoor"]
