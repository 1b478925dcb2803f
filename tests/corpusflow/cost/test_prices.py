from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from corpusflow.cost.estimate import NOTHING, certain
from corpusflow.cost.prices import START_HOURS, dataflow_cost, gpu_price, machine_of, read_prices
from corpusflow.errors import StartError

STORED = {"keys": certain(1e9), "run_bytes": certain(1e12), "files": certain(1000)}


def test_the_table_of_the_package_tells_its_date_and_sources() -> None:
    prices = read_prices()
    assert prices.region == "us-central1"
    assert prices.date.startswith("20")
    assert "cloud.google.com/dataflow/pricing" in prices.source


@pytest.mark.parametrize(
    ("name", "vcpus", "memory"),
    [("n1-standard-4", 4, 15), ("n2-highmem-8", 8, 64), ("a2-highgpu-1g", 12, 85.2), ("custom-2-8192", 2, 8)],
)
def test_a_machine_has_vcpus_and_memory(name: str, vcpus: int, memory: float) -> None:
    assert machine_of(name, read_prices()) == (vcpus, pytest.approx(memory))


@pytest.mark.parametrize("name", ["", "laptop", "n1-standard", "n1-standard-0", "x9-standard-4", "n1-standard-four"])
def test_a_machine_that_the_table_does_not_know_is_refused(name: str) -> None:
    with pytest.raises(StartError, match="n1-standard-N"):
        machine_of(name, read_prices())


def test_a_gpu_that_the_table_does_not_know_is_refused() -> None:
    assert gpu_price("nvidia-l4", read_prices()) > 0
    with pytest.raises(StartError, match="nvidia-l4"):
        gpu_price("l4", read_prices())


def test_twice_the_hours_cost_twice_the_machines_less_their_start() -> None:
    prices = read_prices()
    one = dataflow_cost(certain(32), NOTHING, STORED, prices, 10, "n1-standard-4", "")
    assert one.hours.value == pytest.approx(1 + START_HOURS)  # 10 machines of 4 cores, busy for 0.8
    assert one.dollars["vCPU"].value == pytest.approx((10 + 10 * START_HOURS) * 4 * 0.056)
    two = dataflow_cost(certain(64), NOTHING, STORED, prices, 10, "n1-standard-4", "")
    assert two.dollars["vCPU"].value - one.dollars["vCPU"].value == pytest.approx(10 * 4 * 0.056)
    assert one.dollars["storage"].value == pytest.approx(20)
    assert one.dollars["shuffle"].value == pytest.approx(0.011)
    assert one.total.value == pytest.approx(sum(part.value for part in one.dollars.values()))


def test_a_gpu_is_paid_for_only_where_there_is_one() -> None:
    prices = read_prices()
    without = dataflow_cost(certain(1), certain(5), STORED, prices, 1, "n1-standard-4", "")
    assert "GPU" not in without.dollars
    given = dataflow_cost(certain(1), certain(5), STORED, prices, 1, "n1-standard-4", "nvidia-l4")
    assert given.dollars["GPU"].value > 5 * prices.gpu_hour["nvidia-l4"]
    idle = dataflow_cost(certain(1), NOTHING, STORED, prices, 1, "n1-standard-4", "nvidia-l4")
    assert "GPU" not in idle.dollars
    assert given.hours.value == pytest.approx(idle.hours.value + 5 + START_HOURS)


def test_a_machine_works_on_one_core_in_a_job_with_an_accelerator() -> None:
    prices = read_prices()
    plain = dataflow_cost(certain(32), NOTHING, STORED, prices, 10, "n2-standard-2", "")
    given = dataflow_cost(certain(32), NOTHING, STORED, prices, 10, "n2-standard-2", "nvidia-l4")
    assert plain.hours.value == pytest.approx(2 + START_HOURS)
    assert given.hours.value == pytest.approx(4 + START_HOURS)
    assert given.dollars["vCPU"].value == pytest.approx((4 + START_HOURS) * 10 * 2 * prices.vcpu_hour)


def test_a_gpu_is_paid_for_with_the_machine_that_it_hangs_on() -> None:
    prices = read_prices()
    small, large = (
        dataflow_cost(certain(1), certain(5), STORED, prices, 1, "n2-standard-2", "nvidia-l4", machine).dollars["GPU"]
        for machine in ("", "g2-standard-8")
    )
    more = 6 * prices.vcpu_hour + (32 - 8) * prices.memory_gb_hour
    assert large.value - small.value == pytest.approx((5 + START_HOURS) * more)


def test_other_prices_can_be_given(tmp_path: Path) -> None:
    own = read_prices().model_dump() | {"vcpu_hour": 1.0}
    file = tmp_path / "prices.yaml"
    file.write_text(yaml.safe_dump(own))
    assert read_prices(str(file)).vcpu_hour == 1.0


@pytest.mark.parametrize("text", ["", "vcpu_hour: 1", "- a", "a: [", "vcpu_hour: dear"])
def test_a_table_that_lacks_something_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(text)
    with pytest.raises(StartError, match="--prices"):
        read_prices(str(file))


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"none\.yaml"):
        read_prices(str(tmp_path / "none.yaml"))
