"""The training drivers of the SDK's version 3: scripts in a channel that find an interpreter by its usual names."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.jobs.site import JobSite

DRIVERS = "/opt/ml/input/data/sm_drivers"
# What sagemaker-train 1.27 writes, without its messages.
TRAIN = f"""
#!/bin/bash
set -e
handle_error() {{
    EXIT_STATUS=$?
    if [ ! -s /opt/ml/output/failure ]; then echo "Training Execution failed." >> /opt/ml/output/failure; fi
    exit $EXIT_STATUS
}}
check_python() {{
    SM_PYTHON_CMD=$(command -v python3 || command -v python)
    SM_PIP_CMD=$(command -v pip3 || command -v pip)
    if [[ -z "$SM_PYTHON_CMD" || -z "$SM_PIP_CMD" ]]; then return 1; fi
}}
trap 'handle_error' ERR
check_python
cat /opt/ml/input/config/resourceconfig.json /opt/ml/input/config/inputdataconfig.json
$SM_PYTHON_CMD {DRIVERS}/scripts/environment.py
source /opt/ml/input/sm_training.env
cd /opt/ml/input/data/code
$SM_PYTHON_CMD {DRIVERS}/distributed_drivers/basic_script_driver.py
"""
ENVIRONMENT = """
import json, os, subprocess
names = list(json.load(open("/opt/ml/input/config/inputdataconfig.json")))
parameters = json.load(open("/opt/ml/input/config/hyperparameters.json"))
host = json.load(open("/opt/ml/input/config/resourceconfig.json"))
try:
    subprocess.check_output(["nvidia-smi", "--list-gpus"])
except (OSError, subprocess.CalledProcessError):
    pass
with open("/opt/ml/input/sm_training.env", "w") as file:
    file.write(f"export SM_CHANNELS='{json.dumps(names)}'\\nexport SM_HPS='{json.dumps(parameters)}'\\n")
    file.write(f"export SM_NETWORK_INTERFACE_NAME='{host['network_interface_name']}'\\n")
    file.write(f"export SM_JOB='{os.environ['TRAINING_JOB_NAME']}'\\n")
"""
DRIVER = """
import json, os, subprocess, sys
arguments = [text for name, value in json.loads(os.environ["SM_HPS"]).items() for text in (f"--{name}", value)]
sys.exit(subprocess.Popen([sys.executable, "train.py", *arguments]).wait())
"""
SCRIPT = """
import os, sys
print(sys.argv[1:], os.environ["SM_JOB"], os.environ["SM_CHANNELS"])
open(os.environ["SM_MODEL_DIR"] + "/weights", "w").write("1")
"""


def channel(name: str) -> dict[str, object]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://data/job/input/{name}"}
    return {"ChannelName": name, "InputMode": "File", "DataSource": {"S3DataSource": source}}


async def test_the_drivers_of_the_sdk_find_what_they_look_for(site: JobSite) -> None:
    jobs = await site.open()
    for name, text in {
        "sm_drivers/sm_train.sh": TRAIN,
        "sm_drivers/scripts/environment.py": ENVIRONMENT,
        "sm_drivers/distributed_drivers/basic_script_driver.py": DRIVER,
        "code/train.py": SCRIPT,
    }.items():
        await site.put(f"job/input/{name}", text.encode())
    algorithm = {
        "TrainingImage": "usina/python",
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["/bin/bash"],
        "ContainerArguments": ["-c", f"chmod +x {DRIVERS}/sm_train.sh && {DRIVERS}/sm_train.sh"],
    }
    await site.create(
        jobs,
        "",
        AlgorithmSpecification=algorithm,
        InputDataConfig=[channel("code"), channel("sm_drivers")],
        HyperParameters={"epochs": "3"},
    )
    seen = await site.until_over()
    assert (seen["status"], seen["failure"]) == ("Completed", "")
    assert site.logs.text("job")[-1].endswith("""['--epochs', '3'] job ["code", "sm_drivers"]""")
    assert "weights" in await site.files("out/job/output/model.tar.gz")
    await jobs.stop()


async def test_an_interpreter_goes_by_its_usual_names_in_every_shell(site: JobSite) -> None:
    jobs = await site.open()
    commands = (
        "python3 -c 'import sys; print(sys.version_info[:2])'; command -v pip3; command -v pip; command -v python"
    )
    algorithm = {
        "TrainingImage": "usina/python",
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["/bin/sh", "-c", commands],
    }
    await site.create(jobs, "", AlgorithmSpecification=algorithm, HyperParameters={})
    assert (await site.until_over())["failure"] == ""
    assert site.logs.text("job") == [
        str(sys.version_info[:2]),
        *(f"/usina/bin/{name}" for name in ("pip3", "pip", "python")),
    ]
    await jobs.stop()
