"""The command line for tests of files."""

from tests.cli.conftest import program

__all__ = ["program"]
