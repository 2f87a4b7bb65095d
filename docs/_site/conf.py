"""Configuration of Sphinx for the site of the documents; ``make site`` uses it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # Sphinx runs this file by its text

from fields import describe_fields
from sphinx.application import Sphinx

project = "Alertmill"
author = "the Alertmill developers"
root_doc = "README"
exclude_patterns = ["lib"]  # there for links to code
suppress_warnings = [
    "ref.python",  # of names in annotations that several public classes have, such as name
]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
]
myst_enable_extensions = ["strikethrough"]
myst_heading_anchors = 4
autosummary_generate = False  # build.py writes the pages
autodoc_class_signature = "mixed"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = False
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True
add_module_names = False
default_role = "py:obj"  # names in backticks lead to their description

html_theme = "furo"
html_title = "Alertmill"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"footer_icons": []}


def setup(app: Sphinx) -> None:
    """Register what autodoc does besides."""
    # before napoleon, which reads the section that it adds
    app.connect("autodoc-process-docstring", describe_fields, priority=400)
