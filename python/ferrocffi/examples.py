"""The commands, each in one line, and the examples that their help shows."""

from __future__ import annotations

COMMANDS = {
    "status": "Say which backend is active and what is in the way. The default.",
    "check": "Try the backend on this machine, or compare modules with their headers.",
    "bind": "Write a Python module from C headers.",
    "stubs": "Write the types of modules for checkers and editors.",
    "gen-src": "Write the C source of a module, for build tools.",
    "run": "Run a program, in checked mode if you want.",
    "bench": "Measure the speed beside the stock backend, also that of a program.",
    "completion": "Print what a shell needs to complete the commands.",
}

EXAMPLES = {
    "": """
ferrocffi                                      is it active?
ferrocffi bind zlib.h --library z              makes zlib_binding.py and its types
ferrocffi run --checked app.py                 stops at the first wrong access to memory
ferrocffi bench -- python app.py               with the stock backend and with this one
""",
    "status": """
ferrocffi status
ferrocffi status --json > backend.json || exit 1
""",
    "check": """
ferrocffi check                                tries calls, structs, callbacks, threads
ferrocffi check zlib_binding.py                are the headers still what the module says?
ferrocffi check zlib_binding.py --cc           the C compiler confirms each size and value
""",
    "bind": """
ferrocffi bind zlib.h --library z -o zlib_binding.py
ferrocffi bind git2.h --package-config libgit2
ferrocffi bind pcre2.h -l pcre2-8 -D PCRE2_CODE_UNIT_WIDTH=8
ferrocffi bind SDL.h -p sdl2 --rename 'SDL_(.*)=\\1'
ferrocffi bind openssl/ssl.h -l ssl --only 'SSL_*' --only 'openssl/bio.h'
""",
    "stubs": """
ferrocffi stubs mypackage._native              writes mypackage/_native.pyi
ferrocffi stubs build/_native.abi3.so          the file of a module instead of its name
ferrocffi stubs _native -o typings/_native.pyi
ferrocffi stubs _native --check                for CI: fails if the stub is not up to date
""",
    "run": """
ferrocffi run --checked app.py --verbose
ferrocffi run --checked -m pytest tests
""",
    "bench": """
ferrocffi bench                                the usual operations, half a minute
ferrocffi bench -- python app.py               a program, five times with each backend
ferrocffi bench --runs 20 -- -m mypackage      this Python with these arguments
ferrocffi bench --quick --source ferrocffi     the whole suite of a clone
""",
    "completion": """
ferrocffi completion bash > ~/.local/share/bash-completion/completions/ferrocffi
ferrocffi completion zsh > ~/.zfunc/_ferrocffi
ferrocffi completion fish > ~/.config/fish/completions/ferrocffi.fish
""",
}


def epilog(command: str) -> str:
    """Returns the examples of a command, below a heading."""
    lines = EXAMPLES[command].strip().splitlines()
    return "\n".join(["examples:", *(f"  {line}" for line in lines)])
