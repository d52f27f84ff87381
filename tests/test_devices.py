"""Shared GPUs: what `spaces.GPU` decorates where that package is there, and what stays as it is where it is not."""

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from charsam import devices, weights
from charsam.cli import serve
from charsam.errors import WeightsError


def double(value: int) -> int:
    return 2 * value


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The arguments of every call on the GPU that a stub of `spaces` lends."""
    calls: list[Any] = []

    def gpu(*, duration: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def decorated(work: Callable[..., Any]) -> Callable[..., Any]:
            def called(*given: Any) -> Any:
                calls.append((duration, given))
                return work(*given)

            return called

        return decorated

    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=gpu))
    return calls


def test_a_function_runs_on_the_gpu_that_is_lent(lent: list[Any]) -> None:
    assert devices.on_shared_gpu(double)(21) == 42
    assert lent == [(devices.SECONDS, (21,))]


def test_without_the_package_a_function_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spaces", None)
    assert devices.on_shared_gpu(double) is double


def test_on_zerogpu_the_process_itself_computes_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert devices.own_device() == "cuda"
    monkeypatch.setenv(devices.SHARED_VARIABLE, "true")
    assert devices.own_device() == "cpu"


def test_checkpoints_that_are_named_are_fetched_at_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fetched = []

    def fetch(name: str) -> None:
        fetched.append(name)
        if name == "sam_vit_l":
            raise WeightsError("the disk is full")

    monkeypatch.setattr(weights, "find", lambda name: "here" if name == "sam_vit_h" else None)
    monkeypatch.setattr(weights, "fetch", fetch)

    serve.fetch_at_start("sam_vit_l, sam_vit_b,sam_vit_h")

    assert fetched == ["sam_vit_l", "sam_vit_b"]
    assert "CHARSAM_FETCH_WEIGHTS: the disk is full" in capsys.readouterr().err
