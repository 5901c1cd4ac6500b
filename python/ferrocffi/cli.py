"""The command line with Click and Rich: needs the extra ``ferrocffi[cli]``."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console

from ferrocffi import __version__, commands
from ferrocffi.completion import SHELLS, script
from ferrocffi.examples import epilog

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")


def _examples(command: str) -> str:
    """The examples of a command, which Click shows as they are."""
    return f"\b\n{epilog(command)}"


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_examples(""),
)
@click.version_option(__version__, prog_name="ferrocffi")
@_JSON
@click.pass_context
def cli(context: click.Context, as_json: bool) -> None:
    """Call C from Python: bindings from headers, types for editors, and a look at what this Python uses.

    Without a command: status. The exit code is 0 only where ferrocffi is active.
    """
    context.obj = as_json
    if context.invoked_subcommand is None:
        context.exit(commands.status(as_json=as_json, console=Console()))


@cli.command(short_help="Say which backend is active, and why.", epilog=_examples("status"))
@_JSON
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Say which backend is active and what is in the way. The default."""
    context.exit(commands.status(as_json=as_json or context.obj, console=Console()))


@cli.command(epilog=_examples("check"))
@_JSON
@click.argument("modules", nargs=-1, metavar="[MODULE...]")
@click.option("--cc", is_flag=True, help="The C compiler confirms layouts, types and values of modules.")
@click.option(
    "--debug-info",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="The debug information of the library, or of this file, confirms them.",
)
@click.pass_context
def check(
    context: click.Context, as_json: bool, modules: tuple[str, ...], cc: bool, debug_info: str | None
) -> None:
    """Try the backend on this machine's C library. Takes a second or two.

    With modules of ferrocffi bind: compare them with the installed headers and the library instead.
    """
    wanted = as_json or context.obj
    if modules:
        context.exit(commands.check_modules(modules, cc=cc, debug_info=debug_info, as_json=wanted))
    context.exit(commands.check(as_json=wanted, console=Console()))


@cli.command(epilog=_examples("bench"))
@_JSON
@click.option("--source", type=click.Path(exists=True, file_okay=False), help="A clone of the project.")
@click.option("--out", type=click.Path(file_okay=False), help="Folder for the reports [ferrocffi-bench].")
@click.option("--quick", is_flag=True, help="Few and short runs.")
@click.option("--group", multiple=True, help="Only this group of operations; may be repeated.")
@click.option("--runs", default=5, show_default=True, help="How often the program runs on each backend.")
@click.argument("program", nargs=-1, type=click.UNPROCESSED, metavar="[-- PROGRAM...]")
@click.pass_context
def bench(
    context: click.Context,
    as_json: bool,
    source: str | None,
    out: str | None,
    quick: bool,
    group: tuple[str, ...],
    runs: int,
    program: tuple[str, ...],
) -> None:
    """Measure the speed beside the stock backend.

    Without more, the usual operations are measured. With a program behind --, it runs on both backends in turns. In a clone of
    the project, or with --source, its whole suite runs, which needs Rust and some minutes.
    """
    if program:
        context.exit(
            commands.bench_program(program, runs=runs, as_json=as_json or context.obj, console=Console())
        )
    options = [*(["--quick"] if quick else []), *(word for name in group for word in ("--group", name))]
    wanted = as_json or context.obj
    context.exit(commands.bench(as_json=wanted, source=source, out=out, options=options, console=Console()))


@cli.command(epilog=_examples("bind"))
@_JSON
@click.argument("headers", nargs=-1, required=True, metavar="HEADER...")
@click.option("-o", "--output", help="The file to write [HEADER_binding.py].")
@click.option("-l", "--library", "libraries", multiple=True, help="The library, as after the linker's -l.")
@click.option(
    "-p", "--package-config", "packages", multiple=True, help="Ask pkg-config for folders and library."
)
@click.option("-I", "--include-dir", "include_dirs", multiple=True, help="A folder with headers.")
@click.option("-D", "--define", "defines", multiple=True, metavar="NAME[=BODY]", help="Define a macro.")
@click.option("--before", multiple=True, metavar="HEADER", help="A header that must be included first.")
@click.option(
    "--only", multiple=True, metavar="PATTERN", help="Names, or files, instead of the header's folder."
)
@click.option(
    "--rename", "renames", multiple=True, metavar="OLD=NEW", help="A further name; OLD may be a regex."
)
@click.option("--std", metavar="STANDARD", help="The language of the header, such as c99 [gnu17].")
@click.option("--target", metavar="TRIPLE", help="The platform, such as aarch64-linux-gnu [this one].")
@click.option("--module", help="The name of the module [that of the file].")
@click.option("--strict", is_flag=True, help="Fail if a part of the header cannot be understood.")
@click.option("--api", is_flag=True, help="Write the C source of a module that is compiled with the library.")
@click.option("--stub/--no-stub", default=True, help="Write the .pyi file beside the module, too.")
@click.option("--force", is_flag=True, help="Overwrite a file that was edited.")
@click.option("-v", "--verbose", is_flag=True, help="List all that is left out.")
@click.pass_context
def bind(context: click.Context, /, as_json: bool, verbose: bool, **wishes: Any) -> None:
    """Write a Python module from C headers, for every cffi."""
    from ferrocffi.binding import Wish

    options: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in wishes.items()
    }
    context.exit(commands.bind(Wish(**options), as_json=as_json or context.obj, verbose=verbose))


@cli.command(short_help="Write types for checkers and editors.", epilog=_examples("stubs"))
@_JSON
@click.argument("modules", nargs=-1, required=True, metavar="MODULE...")
@click.option("-o", "--output", help="The file to write [beside the module].")
@click.option("--shared", is_flag=True, help="Import the general types from ferrocffi.typed.")
@click.option("--check", is_flag=True, help="Write nothing; fail if a stub is not up to date.")
@click.pass_context
def stubs(
    context: click.Context,
    as_json: bool,
    modules: tuple[str, ...],
    output: str | None,
    shared: bool,
    check: bool,
) -> None:
    """Write what type checkers and editors need to know of modules that cffi made.

    A module is given by its name, or by the path of its file.
    """
    wanted = as_json or context.obj
    context.exit(commands.stubs(modules, output=output, shared=shared, check=check, as_json=wanted))


@cli.command(
    short_help="Run a program, in checked mode on request.",
    context_settings={"ignore_unknown_options": True},
    epilog=_examples("run"),
)
@click.option("--checked", is_flag=True, help="Wrong accesses to C memory raise ferrocffi.AccessError.")
@click.option("--pages", is_flag=True, help="Like --checked, and memory ends at a page that C cannot use.")
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def run(context: click.Context, checked: bool, pages: bool, program: tuple[str, ...]) -> None:
    """Run a program with this Python: a file, -m module or -c code, and arguments."""
    from ferrocffi.run import run as run_program

    options = [name for name, chosen in (("--checked", checked), ("--pages", pages)) if chosen]
    context.exit(run_program([*options, *program]))


@cli.command(name="gen-src", short_help="Write the C source of a module.", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def gen_src(context: click.Context, words: tuple[str, ...]) -> None:
    """Write the C source of a module, for build tools that compile it."""
    from ferrocffi.gen_src import main

    context.exit(main(words))


@cli.command(short_help="Print the completion of a shell.", epilog=_examples("completion"))
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what a shell needs to complete the commands."""
    print(script(shell), end="")
