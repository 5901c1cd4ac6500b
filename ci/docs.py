"""The documentation as a site: ``python3 -m ci.docs`` builds it strictly, ``--serve`` shows it while it is written."""

from __future__ import annotations

import sys

from ci import environment
from ci.project import ROOT, TARGET, Failed, run, say

SITE = TARGET / "site"


def main() -> int:
    """Builds the site; a warning is an error. 0 if it could be built."""
    try:
        tools = environment.ensure(environment.this_python(), "docs", "requirements-docs.txt")
        mkdocs = [tools.command("mkdocs")]
        # Mkdocs's own advertisement of other tools is no warning of ours.
        env = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
        if "--serve" in sys.argv[1:]:
            run([*mkdocs, "serve", "--strict"], env=env)
        else:
            run([*mkdocs, "build", "--strict", "--quiet", "--site-dir", SITE], env=env)
            say(f"open {SITE / 'index.html'}")
    except Failed as error:
        say(f"failed: {error}")
        return 1
    except KeyboardInterrupt:
        say(f"stopped in {ROOT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
