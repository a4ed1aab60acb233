from __future__ import annotations

from configs.telemetry import OFF, STEADY, prepare_process


def test_every_library_is_silenced_and_the_process_is_in_utc() -> None:
    environment: dict[str, str] = {}
    prepare_process(environment)
    assert environment == {**OFF, **STEADY, "TZ": "UTC"}
    assert {"MLFLOW_DISABLE_TELEMETRY", "BENTOML_DO_NOT_TRACK", "DO_NOT_TRACK", "FEAST_USAGE"} <= set(environment)


def test_what_the_user_set_is_kept_but_for_the_zone() -> None:
    environment = {"OMP_NUM_THREADS": "8", "DO_NOT_TRACK": "false", "TZ": "Europe/Vienna"}
    prepare_process(environment)
    assert (environment["OMP_NUM_THREADS"], environment["DO_NOT_TRACK"], environment["TZ"]) == ("8", "false", "UTC")
