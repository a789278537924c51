"""Images that programs run in: environments of this machine under names of our own, and what addresses lead to them.

images = Images(Table.read(home), ImageFolder(folder), places, cluster, clock, log=...)
name = images.find("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3")
image = await images.ready(name, say)      # installed on first use, where the operator said from where
Command(folder, (image.python, "train.py"), {**image.environment, ...}, (*image.mounts, ...), ...)

`install.py` is the child process that makes one; `folder.py` is where they lie.
"""

from __future__ import annotations

from usina.engine.images.image import Image
from usina.engine.images.site import Images

__all__ = ["Image", "Images"]
