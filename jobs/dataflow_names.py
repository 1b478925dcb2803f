"""What Google Cloud lets projects, jobs, labels and places be called: told before anything is read or staged."""

from __future__ import annotations

import re
from collections.abc import Iterable

from corpusflow.errors import StartError

# (option, what it has to match, how to say that). Names of jobs and projects are as Beam checks them.
RULES = (
    ("--project", r"[a-z][-a-z0-9:.]+[a-z0-9]", "a project's id, not its number or title: my-project"),
    ("--region", r"[a-z]+-[a-z]+[0-9]+", "a region, not a zone: us-central1"),
    ("--staging", r"gs://[a-z0-9][-_.a-z0-9]+[a-z0-9](/.*)?", "gs://BUCKET/FOLDER"),
    ("--name", r"[a-z]([-a-z0-9]{0,1022}[a-z0-9])?", "small letters, digits and -, a letter first, no - at the end"),
)
LABEL = r"[^\W\d_][\w-]{0,62}=[\w-]{0,63}"


def check_names(named: Iterable[tuple[str, str]], labels: Iterable[str], subnetwork: str, region: str) -> None:
    """named: values by their options, of RULES. subnetwork: empty for none. Raises StartError for the first that the
    service would refuse, or that Beam would ask the network about."""
    given = dict(named)
    for option, form, told in RULES:
        if not re.fullmatch(form, given[option]):
            raise StartError(f"{option} {given[option]}: it is {told}")
    for label in labels:
        if label != label.lower() or not re.fullmatch(LABEL, label):
            raise StartError(
                f"--labels {label}: it is KEY=VALUE of small letters, digits, - and _, at most 63 each, a letter first"
            )
    if subnetwork and not re.fullmatch(rf"(https://\S+/)?regions/{re.escape(region)}/subnetworks/[^/\s]+", subnetwork):
        raise StartError(
            f"--subnetwork {subnetwork}: it is regions/{region}/subnetworks/NAME; of another project's network, "
            f"https://www.googleapis.com/compute/v1/projects/HOST_PROJECT/regions/{region}/subnetworks/NAME"
        )
