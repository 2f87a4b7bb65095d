"""Install the automations of this project on a Prefect server.

A program of its own, because Prefect reads its environment once, when it is imported.
"""

from __future__ import annotations

from alertmill.orchestration.automations import install


def main() -> None:
    """Install them; what is installed already is brought up to date."""
    install()


if __name__ == "__main__":
    main()
