"""The command line as a user meets it: exit codes, files of every kind, nothing half-written, never a traceback."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from archspec import cli
from archspec.bundled import folder
from archspec.commands.opening import color


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]

GOOD = (folder() / "resnet18.toml").read_text(encoding="utf-8")
BAD = GOOD.replace('"28x28x128",  128', '"28x28x128",  182')


@pytest.fixture
def archspec(capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str | Path) -> Ran:
        code = cli.main([str(argument) for argument in arguments])
        return Ran(code, *capfd.readouterr())

    return run


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8"))
    return path


# --- exit codes ---


def test_a_good_spec_is_exit_0_and_one_line(archspec: Run, tmp_path: Path) -> None:
    ran = archspec("validate", write(tmp_path / "a spec.toml", GOOD))
    assert ran == Ran(0, f"{tmp_path / 'a spec.toml'}: ok\n", "")


def test_a_wrong_spec_is_exit_1_with_file_line_and_column(archspec: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "bad.toml", BAD)
    ran = archspec("validate", path, "--format", "concise")
    line = next(i for i, text in enumerate(BAD.splitlines(), 1) if "182" in text)
    column = BAD.splitlines()[line - 1].index("128", BAD.splitlines()[line - 1].index("28x28x")) + 1
    assert ran.code == 1
    assert ran.out.startswith(f"{path}:{line}:{column}: error[AS302 output-channels]: `conv3` prints 128 channels")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["validate", "nowhere.toml"], "nowhere.toml: No such file or directory"),
        (["validate", "bn_incepton"], "did you mean `bn_inception`?"),
        (["validate", "bn_inception", "--reading", "colums"], "did you mean `columns`?"),
        (["validate", "bn_inception", "--variant", "dens"], "did you mean `dense`?"),
        (["validate", "bn_inception", "--as-printed", "--reading", "columns"], "leave out --reading columns"),
        (["diff", "bn_inception@columns@as-printed", "bn_inception"], "leave out @columns"),
        (["diff", "bn_inception@as-printed@columns", "bn_inception"], "columns cannot be chosen"),
        (["validate", ""], "a SPEC is empty"),
        (["fmt", ""], "a FILE is empty"),
        (["validate", "-", "-"], "`-` is given twice: standard input can be read once"),
        (["fmt", "-", "-"], "`-` is given twice"),
        (["diff", "-", "-"], "`-` is given twice"),
        (["validate", "bn_inception", "--select", "AS3,"], "--select: code 2 of `AS3,` is empty"),
        (["validate", "bn_inception", "--ignore", ","], "--ignore: no code is given"),
        (["explain", ""], "`archspec explain` lists them"),
        (["build", "resnet18", "--seed", "9" * 23, "-o", "x.safetensors"], "no whole number from 0 to"),
        (["build", "resnet18", "--seed", "1", "-o", "x.py"], "--seed is of initial weights"),
        (["build", "resnet18", "--feature", "nope", "-o", "x.safetensors"], "--feature is of the source"),
        (
            ["build", "resnet18", "--param", f"classes={10**12}", "-o", "x.safetensors"],
            "513,000,011,176,512 parameters",
        ),
        (["validat", "bn_inception"], "no command is called `validat`; did you mean `validate`?"),
        (["validate", "bn_inception", "--input", "224"], "224"),
        (["validate", "bn_inception", "--param", "classes"], "KEY=VALUE"),
        (["validate", "bn_inception", "--param", "clases=10"], "did you mean `classes`?"),
        (["validate", "bn_inception", "--param", "self=10"], "no parameter is called `self`"),
        (["explain", "concat-sun"], "did you mean `concat-sum`?"),
        (["render", "resnet18", "-o", "picture.gif"], ".gif"),
        (["render", "resnet18", "--module", "conv9", "-o", "picture.svg"], "conv9"),
        (["build", "resnet18", "-o", "model.exe"], ".py"),
        (["build", "resnet18", "--feature", "conv9", "-o", "model.py"], "conv9"),
        (["build", "resnet18", "-o", "no such folder/model.py"], "no such folder"),
        (["frobnicate"], "frobnicate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_is_exit_2_and_says_what_to_do(archspec: Run, arguments: list[str], wanted: str) -> None:
    ran = archspec(*arguments)
    assert ran.code == 2
    assert wanted in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_a_fault_of_ours_is_exit_3_with_the_traceback_in_a_file(
    archspec: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(arguments: object) -> int:
        raise RuntimeError("a bug")

    monkeypatch.setattr("archspec.commands.about.list_specs", broken)
    ran = archspec("list")
    assert ran.code == 3
    assert "error[AS901 internal]" in ran.err
    written = Path(ran.err.strip().rpartition(" ")[2])
    assert "RuntimeError: a bug" in written.read_text(encoding="utf-8")
    written.unlink()


@pytest.mark.parametrize("asked", [["--format", "json"], ["--format=json"]], ids=" ".join)
def test_our_own_faults_are_json_where_that_was_asked_for(
    archspec: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: list[str]
) -> None:
    def broken(arguments: object) -> int:
        raise RuntimeError("a bug")

    monkeypatch.setattr("archspec.commands.about.list_specs", broken)
    monkeypatch.setattr("sys.argv", ["archspec", "list", *asked])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ran = archspec("list", *asked)
    assert ran.code == 3
    assert json.loads(ran.out)["failure"].startswith("AS901 internal: RuntimeError")


def test_the_worst_of_several_files_decides(archspec: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.toml", GOOD)
    write(tmp_path / "b.toml", BAD)
    (tmp_path / "deeper").mkdir()
    write(tmp_path / "deeper" / "c.toml", GOOD)
    ran = archspec("validate", tmp_path)
    assert ran.code == 1
    assert [f"{name}: ok" in ran.out for name in ("a.toml", "b.toml", "c.toml")] == [True, False, True]


def test_warnings_count_with_strict_alone(archspec: Run, tmp_path: Path) -> None:
    newer = GOOD.replace("max-pool   = { pad = 1,", "max-pool   = { pad = 1,\n")
    path = write(tmp_path / "newer.toml", newer)
    assert archspec("validate", path).code == 0
    ran = archspec("validate", path, "--strict")
    assert ran.code == 1
    assert "warning[AS004 toml-1-1]" in ran.out


# --- files ---


@pytest.mark.parametrize("form", ["full", "concise", "json"])
def test_line_ends_and_a_byte_order_mark_change_no_place(archspec: Run, tmp_path: Path, form: str) -> None:
    plain = write(tmp_path / "spec.toml", BAD)
    wanted = archspec("validate", plain, "--format", form)
    plain.write_bytes(b"\xef\xbb\xbf" + BAD.replace("\n", "\r\n").encode())
    given = archspec("validate", plain, "--format", form)
    if form == "json":
        place = {"line", "column"}
        first, second = (json.loads(ran.out)["diagnostics"][0]["start"] for ran in (wanted, given))
        assert {key: first[key] for key in place} == {key: second[key] for key in place}
    else:
        assert given == wanted


def test_standard_input(archspec: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    ran = archspec("validate", "-", "--format", "concise")
    assert ran.code == 1
    assert ran.out.startswith("<stdin>:")


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"\xff\xfe", b"a = [", b"format = 1", b"[" * 5000, b"format = 2\nname = 3"]
)
@pytest.mark.parametrize(
    "verb", [["validate"], ["table"], ["render", "-o", "x.svg"], ["build", "-o", "x.py"]], ids=" ".join
)
def test_any_file_ends_in_a_report(archspec: Run, tmp_path: Path, content: bytes, verb: list[str]) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    ran = archspec(verb[0], path, *(str(tmp_path / word) if "." in word else word for word in verb[1:]))
    assert ran.code == 1
    assert "error[AS" in ran.out
    assert sorted(file.name for file in tmp_path.iterdir()) == ["odd.toml"]


def test_json_is_json_for_every_kind_of_file(archspec: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.toml", GOOD)
    write(tmp_path / "b.toml", BAD)
    (tmp_path / "c.toml").write_bytes(b"\xff")
    report = json.loads(archspec("validate", tmp_path, "--format", "json").out)
    assert report["format_version"] == 1
    assert [Path(one["file"]).name for one in report["files"]] == ["a.toml", "b.toml", "c.toml"]
    assert [one["valid"] for one in report["files"]] == [True, False, False]
    assert {one["code"] for one in report["diagnostics"]} == {"AS302", "AS002"}


# --- what is built ---


def test_the_order_of_readings_decides_nothing(archspec: Run, tmp_path: Path) -> None:
    readings = "[readings.p]\nconv1.out = 32\n[readings.q]\nconv1.out = 48\n[readings.r]\nconv2.out = 32\n"
    path = write(tmp_path / "three.toml", GOOD + readings)
    ran = archspec("validate", path, "--reading", "q", "--reading", "r", "--format", "json")
    assert "AS117" not in ran.out
    for order in (("p", "q"), ("q", "p")):
        ran = archspec("validate", path, "--format", "concise", *(part for one in order for part in ("--reading", one)))
        assert ran.code == 1
        assert f"AS117 patch-conflict]: `{order[0]}` and `{order[1]}` set `conv1.out` to different" in ran.out


def test_a_table_with_readings_wants_one_named(archspec: Run, tmp_path: Path) -> None:
    text = (folder() / "bn_inception.toml").read_text(encoding="utf-8")
    path = write(
        tmp_path / "open.toml", "\n".join(line for line in text.splitlines() if not line.startswith("reading ="))
    )
    for verb in (["table"], ["render", "-o", "x.svg"], ["build", "-o", "x.py"]):
        ran = archspec(verb[0], path, *verb[1:])
        assert ran.code == 1
        assert "columns, outputs" in ran.err
    assert archspec("validate", path).code == 0


def test_build_writes_source_and_weights(archspec: Run, tmp_path: Path) -> None:
    from safetensors import safe_open

    source, weights = tmp_path / "my model.py", tmp_path / "my weights.safetensors"
    assert archspec("build", "resnet18", "--param", "classes=10", "-o", source).code == 0
    assert archspec("build", "resnet18", "--param", "classes=10", "-o", weights).code == 0
    namespace: dict[str, object] = {}
    exec(compile(source.read_text(encoding="utf-8"), str(source), "exec"), namespace)
    with safe_open(weights, "pt") as tensors:
        assert tensors.get_slice("fc.weight").get_shape() == [10, 512]


def test_an_existing_file_survives_a_failure(archspec: Run, tmp_path: Path) -> None:
    target = write(tmp_path / "kept.svg", "kept")
    assert archspec("render", "resnet18", "--module", "nothing", "-o", target).code == 2
    assert target.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [target]


# --- as a process ---


def process(arguments: Sequence[str], **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "archspec", *arguments], text=True, **options)  # type: ignore[call-overload, no-any-return]


def test_the_reader_of_a_pipe_may_leave() -> None:
    with process(["table", "googlenet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.wait() == 141  # as a shell says it of a process that SIGPIPE ended, so that pipefail sees it
        assert running.stderr.read() == ""


def run_in_shell(command: str) -> Ran:
    ran = subprocess.run(["sh", "-c", command, "sh", sys.executable], capture_output=True, text=True)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
@pytest.mark.parametrize(
    "verb", ["validate bn_inception --as-printed", "table resnet18", "list", "explain AS301", "--help"]
)
def test_a_full_disk_is_no_fault_of_ours(verb: str) -> None:
    ran = run_in_shell(f'PYTHONUNBUFFERED= "$1" -m archspec {verb} > /dev/full')  # argparse drops what it cannot write
    assert ran == Ran(2, "", "archspec: standard output: No space left on device\n")
    assert run_in_shell(f'PYTHONUNBUFFERED= "$1" -m archspec {verb} > /dev/full 2>&1').code == 2


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize("suffix", ["svg", "dot", "py", "safetensors"])
def test_what_cannot_be_written_whole_is_not_written(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"x.{suffix}"
    verb = "render" if suffix in ("svg", "dot") else "build"
    ran = run_in_shell(f'ulimit -f 2; "$1" -m archspec {verb} googlenet -o "{target}"')
    assert (ran.code, ran.out) == (2, "")
    assert "File too large" in ran.err
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_closed_streams_are_silent() -> None:
    assert run_in_shell('"$1" -m archspec list >&-') == Ran(0, "", "")
    assert run_in_shell('"$1" -m archspec validate nowhere.toml >&- 2>&-') == Ran(2, "", "")
    assert run_in_shell('"$1" -m archspec validate - --format concise <&-').code == 1


@pytest.mark.parametrize(("term", "colored"), [("xterm", True), ("dumb", False)])
def test_a_dumb_terminal_gets_no_colour(monkeypatch: pytest.MonkeyPatch, term: str, colored: bool) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert color() is colored


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to a child process there")
def test_an_interrupt_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with process(
        ["validate", "-"], stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as running:
        time.sleep(1.0)  # it waits for its input by then
        running.send_signal(signal.SIGINT)
        out, err = running.communicate()
    os.close(reading)
    os.close(writing)
    assert (running.returncode, out, err) == (130, "", "interrupted\n")
    assert not list(tmp_path.iterdir())


def test_help_has_examples_for_every_verb(archspec: Run) -> None:
    assert "archspec validate bn_inception --as-printed" in archspec("--help").out
    for verb in (
        "validate",
        "table",
        "render",
        "build",
        "weights",
        "diff",
        "import",
        "new",
        "list",
        "explain",
        "doctor",
    ):
        assert f"archspec {verb}" in archspec(verb, "--help").out.partition("\n\nexample")[2]


def test_the_smallest_input_is_a_line_or_json(archspec: Run) -> None:
    assert archspec("table", "inception_v3", "--min-input").out == (
        "Inception-v3: smallest input 75×75; with heads 299×299\n"
    )
    found = json.loads(archspec("table", "inception_v3", "--min-input", "--format", "json").out)
    assert found == {"name": "Inception-v3", "min_input": 75, "min_input_with_heads": 299}
    assert archspec("table", "inception_v3", "--min-input", "--format", "md").code == 2


def test_two_specs_or_two_choices_of_one_are_compared(archspec: Run) -> None:
    assert archspec("diff", "resnet18", "resnet18").code == 0
    ran = archspec("diff", "bn_inception@columns", "bn_inception@outputs")
    assert ran.code == 1
    assert "proj 128 -> 96" in ran.out
    assert (
        json.loads(archspec("diff", "googlenet", "googlenet@torchvision", "--format", "json").out)["format_version"]
        == 1
    )
    assert "did you mean" in archspec("diff", "googlenet", "googlenet@torchvison").err
    ran = archspec("diff", "bn_inception@outputs@dense", "bn_inception@outputs")
    assert "type convolution*  conv -> separable-conv" in ran.out
    assert "proj" not in ran.out


def test_a_checkpoint_is_weighed(archspec: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.safetensors"
    assert archspec("build", "resnet18", "-o", own).code == 0
    assert archspec("weights", "resnet18", own).code == 0
    other = archspec("weights", "resnet18", own, "--param", "classes=10")
    assert other.code == 1
    assert "10×512 in the table, 1000×512 in the checkpoint" in other.out
    assert archspec("weights", "resnet18", own, "--source", "torchvison").code == 2
    assert archspec("weights", "resnet18", tmp_path / "none.safetensors").code == 2


def test_a_section_of_a_broken_variant_is_reported_where_the_variant_is(archspec: Run, tmp_path: Path) -> None:
    text = (folder() / "lenet.toml").read_text(encoding="utf-8")
    text += '[variants.wide]\nc3.patch = "99x99"\n[weights.wide]\nvariant = "wide"\nnames = { "1" = "c1" }\n'
    weights = tmp_path / "own.safetensors"
    assert archspec("build", "lenet", "-o", weights).code == 0
    ran = archspec("weights", write(tmp_path / "spec.toml", text), weights, "--source", "wide")
    assert ran.code == 1
    assert "error[AS202 kernel-too-large]" in ran.out


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        *((number, "") for number in ("0.25", "40%", "1e-3", "+2.5E-1", "0", "+0", "0x0", "1_0e-2", "0.2_5")),
        *((number, "AS105") for number in ("2", "0x1F", "0b1", "0o7", "1_000", "1e999", "-1e-3")),
        *((word, "AS104") for word in ("--5", "²", "9" * 5000, "1e", "0x", "1__0", "true", "1e-3\n", "nan")),
    ],
)
def test_a_parameter_is_a_number_or_a_word(archspec: Run, tmp_path: Path, value: str, wanted: str) -> None:
    text = """
        format = 1
        name   = "drop"
        input  = "8x8x1"
        params = { rate = 0.5 }
        network.layers = [{ name = "drop", type = "dropout", rate = "$rate" }]
    """
    ran = archspec("validate", write(tmp_path / "spec.toml", text), "--param", f"rate={value}")
    assert (ran.code, wanted in ran.out) == (1 if wanted else 0, True)


def test_a_value_of_the_caller_is_not_blamed_on_the_file(archspec: Run) -> None:
    ran = archspec("validate", "resnet18", "--param", "classes=-1")
    assert ran.code == 1
    assert "classes = 1000\n    |           ^^^^ -1, from --param\n" in ran.out


def test_a_pasted_table_becomes_a_spec(archspec: Run, tmp_path: Path) -> None:
    table = write(tmp_path / "a table.md", archspec("table", "googlenet_d2l", "--format", "md").out)
    spec = tmp_path / "a spec.toml"
    assert archspec("import", table, "-o", spec).code == 0
    assert archspec("validate", spec).code == 0
    again = archspec("import", table, "-o", spec)
    assert again.code == 2
    assert "is there already" in again.err
    assert archspec("import", write(tmp_path / "none.md", "no table")).code == 2


def test_a_starter_is_a_spec(archspec: Run, tmp_path: Path) -> None:
    spec = tmp_path / "mine.toml"
    assert archspec("new", "-o", spec).code == 0
    assert archspec("validate", spec).code == 0
    assert archspec("new").out.startswith("#")


@pytest.mark.parametrize(
    "work", ["archspec.build('lenet')", "archspec.load_weights(Model(), 'weights.pth', spec=archspec.load('lenet'))"]
)
def test_without_torch_it_says_what_to_install(work: str, tmp_path: Path) -> None:
    program = f"""
import sys
sys.modules["torch"] = None
import archspec
class Model: ...
try:
    {work}
except ImportError as error:
    print(error)
"""
    (tmp_path / "weights.pth").touch()
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert (ran.stdout, ran.stderr) == (
        "torch is not installed: pip install '.[torch]' in a checkout of Archspec\n",
        "",
    )


@pytest.mark.parametrize("arguments", [["build", "lenet", "-o", "x.safetensors"], ["weights", "lenet", "weights.pth"]])
def test_a_command_without_torch_says_what_to_install(arguments: list[str], tmp_path: Path) -> None:
    program = "import sys; sys.modules['torch'] = None; from archspec.cli import main; sys.exit(main(sys.argv[1:]))"
    (tmp_path / "weights.pth").touch()
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "archspec: torch is not installed: pip install '.[torch]' in a checkout of Archspec\n"


def test_no_word_of_a_caller_commands_the_terminal(archspec: Run) -> None:
    assert "no variant is called `a\\x1b[31m`" in archspec("validate", "lenet", "--variant", "a\x1b[31m").err


def test_no_word_of_a_file_and_no_name_of_one_commands_the_terminal(archspec: Run, tmp_path: Path) -> None:
    text = """
format = 1
name = "n\\u001b[31m"
input = "8x8x3"
network.layers = [
{type = "conv", name = "a", patch = "3x3", out = 3, pad = "same", bias = true, norm = "none", act = "relu"},
{type = "softmax", name = "b"},
]
readings."r\\u001b[31m" = { why = "so", a.out = 4 }
"""
    one, two = tmp_path / "\x1b[31m\n.toml", tmp_path / "b\x1b[31m.toml"
    one.write_text(text, encoding="utf-8")
    two.write_text(text.replace("bias", "bais"), encoding="utf-8")
    for arguments in (
        ["validate", str(tmp_path)],
        ["validate", str(tmp_path), "--diff"],
        ["table", str(one), "--min-input"],
        ["table", str(one), "--min-input", "--reading", "r\x1b[31m"],
        ["validate", str(two), "--fix", "--format", "concise"],
        ["fmt", "--check", str(tmp_path)],
        ["fmt", "--diff", str(tmp_path)],
        ["fmt", str(tmp_path)],
    ):
        ran = archspec(*arguments)
        assert "\x1b" not in ran.out + ran.err
        assert "\\x1b[31m" in ran.out + ran.err


def test_version_list_explain_and_doctor(archspec: Run) -> None:
    assert archspec("--version").out.startswith("archspec 0.")
    assert "bn_inception" in archspec("list").out
    assert "AS301  concat-sum" in archspec("explain").out
    assert archspec("explain", "concat-sum").out == archspec("explain", "AS301").out
    assert archspec("explain", "as50").out == "AS501  depth\nAS502  params-ops\n"
    assert "Python" in archspec("doctor").out
    assert {"torch", "pygls", "lsprotocol"} <= {line.split()[0] for line in archspec("doctor").out.splitlines()}


def test_a_list_says_where_each_network_is_printed(archspec: Run) -> None:
    rows = {line.split()[0]: line for line in archspec("list").out.splitlines()}
    assert "1409.4842 table 1" in rows["googlenet"]
    assert "doi 10.1145/3065386 figure 2" in rows["alexnet"]
    listed = {one.pop("spec"): one for one in json.loads(archspec("list", "--format", "json").out)["specs"]}
    assert [*listed] == [*rows]
    assert listed["bn_inception"] == {
        "name": "BN-Inception",
        "paper": {"arxiv": "1502.03167", "table": "figure 5"},
        "readings": ["columns", "outputs"],
        "variants": ["dense", "cadene", "slim", "inception", "bn-x5-sigmoid"],
    }


def test_where_a_sign_cannot_be_printed_ascii_stands_for_it() -> None:
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    with process(["table", "resnet18"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ascii_only) as running:
        out, err = running.communicate()
    assert (running.returncode, err) == (0, "")
    assert "7x7/2" in out
    assert out.isascii()
    assert "?" not in out


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_checked(archspec: Run) -> None:
    ran = archspec("validate", "nowhere.toml", "resnet18", "nobody")
    assert (ran.code, ran.out) == (2, "resnet18.toml: ok\n")
    assert [line.split(":")[:2] for line in ran.err.splitlines()] == [
        ["archspec", " nowhere.toml"],
        ["archspec", " no file and no bundled spec is called `nobody`; `archspec list` shows the bundled ones"],
    ]
    made = json.loads(archspec("validate", "--format", "json", "nowhere.toml", "alexnet", "--as-printed").out)
    assert [one["code"] for one in made["diagnostics"]] == ["AS201"]
    assert made["failure"] == "nowhere.toml: No such file or directory"


def test_of_a_folder_all_is_formatted_but_what_cannot_be_read(archspec: Run, tmp_path: Path) -> None:
    rows = b'rows = [\n  ["a", 1],\n  ["bb", 2],\n]\n'
    (tmp_path / "a.toml").write_bytes(b"rows = [\n")
    (tmp_path / "b.toml").write_bytes(b'name = "\xff"\n')
    (tmp_path / "c.toml").write_bytes(rows)
    ran = archspec("fmt", str(tmp_path))
    assert ran.code == 1
    assert "AS001" in ran.out
    assert "AS002" in ran.out
    assert f"{tmp_path / 'c.toml'}: formatted" in ran.out
    assert (tmp_path / "c.toml").read_bytes() != rows
