"""A batch run on a Ray cluster of two machines, one of which dies in the middle."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_runs import job, make_mlt17, results

from charsam.batch.refine import refine
from charsam.errors import SettingsError

pytestmark = pytest.mark.heavy

ray = pytest.importorskip("ray", reason="ray is not installed: pip install 'charsam[ray]'")
pytest.importorskip("ray.data", reason="ray is installed without ray[data]")

HERE = Path(__file__).parent
MEMORY = 80_000_000


@pytest.fixture
def signals(tmp_path: Path) -> Path:
    folder = tmp_path / "signals"
    folder.mkdir()
    for name in ("begun", "gone"):
        os.mkfifo(folder / name)
    return folder


@pytest.fixture
def cluster(signals: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """Two machines of one processor each, and the one of them that is not the head."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_health_check_period_ms", "500")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), *sys.path]))
    monkeypatch.setenv("SIGNALS", str(signals))
    machines = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "object_store_memory": MEMORY, "include_dashboard": False},
    )
    other = machines.add_node(num_cpus=1, object_store_memory=MEMORY)
    try:
        ray.init(
            address=machines.address,
            log_to_driver=False,
            runtime_env={"env_vars": {"SIGNALS": str(signals), "MORTAL": other.node_id}},
        )
        yield machines, other
    finally:
        ray.shutdown()
        machines.shutdown()


@pytest.mark.slow
def test_a_cluster_that_loses_a_machine_makes_what_one_process_makes(
    tmp_path: Path, cluster: tuple[Any, Any], signals: Path
) -> None:
    from ray_nodes import meeting_death

    machines, other = cluster
    root = make_mlt17(tmp_path / "root", 9, 2)
    refine(job(root, tmp_path / "one"), workers=1)

    def lose_a_machine() -> None:
        with (signals / "begun").open() as pipe:
            pipe.read()
        machines.remove_node(other, allow_graceful=False)
        (signals / "dead").touch()
        (signals / "gone").open("w").close()

    death = threading.Thread(target=lose_a_machine, daemon=True)
    death.start()
    outcome = refine(job(root, tmp_path / "ray", annotator=meeting_death), ray=machines.address)

    assert (signals / "dead").exists()
    assert outcome.summary["images"] == {"listed": 11, "done": 11, "failed": 0, "masks": 11}
    assert results(tmp_path / "ray") == results(tmp_path / "one")
    assert [node["Alive"] for node in ray.nodes()].count(True) == 1


def test_an_address_where_no_cluster_answers_is_said(tmp_path: Path) -> None:
    root = make_mlt17(tmp_path / "root", 1)

    with pytest.raises(SettingsError, match=r"no Ray cluster answers at 127\.0\.0\.1:1"):
        refine(job(root, tmp_path / "out"), ray="127.0.0.1:1")
