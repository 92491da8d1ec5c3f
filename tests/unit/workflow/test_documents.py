"""What the page on clusters names exists: settings, commands and their options, targets, files."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from snakemake.cli import get_argument_parser

from data_schemas.config import ClusterSettings, Config, LaunchSettings
from data_schemas.config.load import check_config
from workflow.cli.main import parser
from workflow.layout import STAGES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "cluster.md").read_text()
PROFILE = yaml.safe_load((ROOT / "workflow" / "profiles" / "slurm" / "config.yaml").read_text())
BLOCKS = re.findall(r"^ *```(\w+)\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)
PROSE = re.sub(r"^ *```.*?^ *```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
QUOTED = re.findall(r"`([^`\n]+)`", PROSE)
SHELL = [re.sub(r"(?<= )#.*", "", block.replace("\\\n", " ")) for kind, block in BLOCKS if kind == "sh"]


def commands(text):
    """The commands of some shell, each a list of its words."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";<>|&\n")
    lexer.whitespace_split = True
    lexer.whitespace = " \t"
    lexer.commenters = ""
    command = []
    for word in lexer:
        if set(word) <= set("|&;<>\n"):
            yield command
            command = []
        else:
            command.append(word)
    yield command


def words_after(program):
    """The arguments of each command with a program, in blocks and in the text."""
    quoted = [words for words in QUOTED if "'" not in words]
    found = []
    for words in (words for text in [*SHELL, *quoted] for words in commands(text)):
        starts = [n for n, word in enumerate(words) if word == f".venv/bin/{program}"]
        starts += [0] if words[:1] == [program] else []
        found += [words[start + 1 :] for start in starts]
    return found


def test_blocks_are_found():
    assert {kind for kind, _ in BLOCKS} == {"sh", "yaml"}
    assert len(SHELL) > 10
    assert len(words_after("trackmill")) > 5


@pytest.mark.parametrize("words", words_after("trackmill"), ids=" ".join)
def test_commands_of_trackmill(words):
    if len(words) == 1:  # only named
        with pytest.raises(SystemExit, match=r"^0$"):
            parser().parse_args([*words, "--help"])
    else:
        parser().parse_args(words)


@pytest.mark.parametrize("words", words_after("snakemake"), ids=" ".join)
def test_options_of_snakemake(words):
    known = {option for action in get_argument_parser()._actions for option in action.option_strings}
    assert {word for word in words if word.startswith("-")} <= known
    if "--profile" in words:
        assert (ROOT / words[words.index("--profile") + 1] / "config.yaml").exists()


def test_pinned_packages_are_those_of_the_lock_file():
    pinned = [word for words in words_after("pip") for word in words if "==" in word]
    assert pinned
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    assert [word for word in pinned if f"{word} \\" not in lines] == []


def test_targets_of_make():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[0] for words in words_after("make") if words}
    assert "setup" in named
    assert named <= targets


def test_configurations_are_valid():
    for kind, block in BLOCKS:
        if kind == "yaml":
            check_config({"datasets": {"mondays": {"raw": "raw"}}} | yaml.safe_load(block), "docs/cluster.md")


def test_settings_exist():
    sections = {"launch": LaunchSettings, "cluster": ClusterSettings}
    named = re.findall(r"(?<![\w/])(launch|cluster)\.([a-z_]+)(?!\w|/)", " ".join(QUOTED))
    assert len(named) > 15
    assert [f"{section}.{key}" for section, key in named if key not in sections[section].model_fields] == []
    assert {"stages", "results", "datasets"} <= Config.model_fields.keys()


def test_settings_of_the_profile_exist():
    named = set(re.findall(r"`((?:slurm|latency)-[a-z-]+)(?:: \w+)?`", PROSE))
    assert "slurm-status-command" in named
    assert named <= PROFILE.keys()


def test_variables_exist():
    named = {
        name for word in QUOTED for name in re.findall(r"\bTRACKMILL_[A-Z]+|\w+_(?:MAX|NUM)_THREADS", word)
    }
    sources = "".join(path.read_text() for path in (ROOT / "jobs").rglob("*.py"))
    assert [name for name in named if f'"{name}"' not in sources] == []


def test_links_and_files_exist():
    linked = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert linked
    assert [link for link in linked if not (ROOT / "docs" / link).exists()] == []
    named = [word for word in QUOTED if re.fullmatch(r"(?:bench|config|workflow|tracks)/[\w./-]+", word)]
    assert [word for word in named if not (ROOT / word).exists()] == []


def test_messages_are_those_of_the_code():
    """Words of ours that a reader may look for."""
    sources = "".join(
        path.read_text() for folder in ("jobs", "workflow") for path in (ROOT / folder).rglob("*.py")
    )
    for words in (
        "this machine has no",
        "its controller does not answer",
        "are asked for, but",
        "this cluster has no partition of that name",
        "SLURM refuses the job",
        "srun has no MPI plugin",
        "cannot load its MPI plugin",
        "another run is at work here",
        "a rank died (exit code",
        "but this Python's MPI sees only itself in each of them",
    ):
        assert words in sources
        assert words.split("(")[0] in TEXT
    assert set(STAGES) >= {"organize", "process"}
