"""Run the command line as a module."""

from alertmill.cli import main

main()
