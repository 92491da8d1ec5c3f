"""Options of KEY=VALUE: laid over the configuration, or one line that says what is wrong."""

import argparse

import pytest

from data_schemas.config import BenchSettings, ClusterSettings, LaunchSettings
from data_schemas.errors import InputError
from workflow.cli import options


def parse(*tokens):
    command = argparse.ArgumentParser()
    options.add_launch(command)
    options.add_cluster(command)
    options.add_bench(command)
    return command.parse_args(tokens)


def launch(*tokens):
    return options.launch_settings(parse(*tokens), LaunchSettings(retries=2, memory_gb=3))


def cluster(*tokens):
    return options.cluster_settings(parse(*tokens), ClusterSettings(partition="long", minutes=90))


def bench(*tokens):
    return options.bench_settings(parse(*tokens), BenchSettings(minutes=3))


def test_options_of_the_benchmark():
    assert bench() == BenchSettings(minutes=3)
    changed = bench("--bench", "repeats=2", "--bench", "include=[orders, cache]", "--bench", "ranks=[]")
    assert (changed.minutes, changed.repeats, changed.include) == (3, 2, ("orders", "cache"))
    assert changed.ranks == ()
    for text, words in (
        ("repeat=2", "names no setting of the bench: 'repeat'; did you mean 'repeats'"),
        ("include=[order]", "'orders'"),
        ("minutes=0", "greater than 0"),
    ):
        with pytest.raises(InputError) as caught:
            bench("--bench", text)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)


def test_without_options_the_settings_stay():
    assert launch() == LaunchSettings(retries=2, memory_gb=3)
    assert cluster() == ClusterSettings(partition="long", minutes=90)


def test_options_are_laid_over_the_settings():
    changed = launch("--launch", "task_seconds=600", "--triple", "2,3,5", "--launch", "retries=1")
    assert (changed.task_seconds, changed.triple, changed.retries) == (600, (2, 3, 5), 1)
    assert changed.memory_gb == 3
    changed = cluster("--cluster", "partition=null", "--cluster", "extra=[--nice=3, --mail-type=FAIL]")
    assert (changed.partition, changed.minutes) == (None, 90)
    assert changed.extra == ("--nice=3", "--mail-type=FAIL")


@pytest.mark.parametrize(
    ("tokens", "place", "message"),
    [
        (
            ("--launch", "retry=1"),
            "--launch retry=1",
            "names no setting of the launch: 'retry'; did you mean",
        ),
        (("--launch", "retries"), "--launch retries", "is not KEY=VALUE"),
        (("--launch", "retries=-1"), "--launch retries", "greater than or equal to 0, found -1"),
        (("--retries", "-1"), "--retries", "greater than or equal to 0, found -1"),
        (("--launch", "triple=5"), "--launch triple", "found 5"),
        (("--launch", "triple=[1, 2]"), "triple", "has 2 numbers, not three"),
        (("--launch", "seed=2021-13-01"), "--launch seed=2021-13-01", "has no value of YAML"),
    ],
)
def test_wrong_launch_options_are_one_line(tokens, place, message):
    with pytest.raises(InputError) as caught:
        launch(*tokens)
    assert (caught.value.where, caught.value.exit_code) == (place, 2)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("minute=5", "--cluster minute=5", "no setting of the cluster: 'minute'; did you mean 'minutes'?"),
        ("partition", "--cluster partition", "is not KEY=VALUE; did you mean 'partition'?"),
        ("minutes=x", "--cluster minutes", "found 'x'"),
        ("minutes=1", "--cluster", "warning_seconds 60 is not shorter than 1 min"),
        ("extra=[--time=5]", "--cluster extra", "--time is set by minutes"),
        ("exclusive=[", "--cluster exclusive=[", "has no value of YAML after =; e.g. minutes=240"),
    ],
)
def test_wrong_cluster_options_are_one_line(text, place, message):
    with pytest.raises(InputError) as caught:
        cluster("--cluster", text)
    assert (caught.value.where, caught.value.exit_code) == (place, 2)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        LaunchSettings(),
        LaunchSettings(triple=(2, 3, 5), backend="dask", dask="slurm", task_seconds=0.5, task_memory_gb=2),
    ],
)
def test_words_of_the_launch_say_all_of_it(settings):
    assert options.launch_settings(parse(*options.launch_words(settings)), LaunchSettings()) == settings


@pytest.mark.parametrize(
    "text", ["long", "no", "null", "1234", "[rack1|rack2]", "@x", "a:b", "2021-13-01", "é"]
)
def test_words_of_the_cluster_say_all_of_it(text):
    settings = ClusterSettings(constraint=text, partition=text, extra=(f"--comment={text}",), exclusive=True)
    words = options.words("--cluster", settings.model_dump(mode="json"))
    assert options.cluster_settings(parse(*words), ClusterSettings()) == settings
